// One row of the queue's panel: a prompt that waits, runs or has ended, and what can be done with it.
import { classTitle } from "../kernels/titles.js";
import { durationWords } from "../kernels/progress.js";
import { say, sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Job} from "../client/server.js" */
/** @import {Editor} from "../editor.js" */

const THUMBNAIL_PIXELS = "128";

/**
 * @typedef {object} JobActions
 * @property {(job: Job) => void} openPictures
 * @property {(job: Job) => void} openWorkflow
 * @property {(job: Job) => void} runAgain
 * @property {(job: Job) => void} star
 * @property {(job: Job) => void} compare
 * @property {(job: Job) => void} forget
 * @property {(job: Job) => void} cancel
 * @property {(job: Job) => void} toFront
 */

/** @typedef {{isStarred: boolean, isCompared: boolean, isDeleted: boolean, place: number | null}} JobMarks `isDeleted`: its picture; `place` in the queue, from 1 */

const BUTTONS = /** @type {Record<string, [keyof JobActions, string][]>} */ ({
  pending: [["openWorkflow", "↗"], ["toFront", "⇈"], ["cancel", "×"]],
  in_progress: [["openWorkflow", "↗"], ["cancel", "×"]],
  completed: [["openWorkflow", "↗"], ["runAgain", "↻"], ["star", "☆"], ["compare", "◫"], ["forget", "×"]],
  failed: [["openWorkflow", "↗"], ["runAgain", "↻"], ["star", "☆"], ["forget", "×"]],
  cancelled: [["openWorkflow", "↗"], ["runAgain", "↻"], ["star", "☆"], ["forget", "×"]],
});

/** What stands where an ended prompt has no picture. @type {Partial<Record<Job["status"], string>>} */
const SIGNS = { completed: "✓", failed: "!", cancelled: "✕" };

/**
 * @param {Editor} editor
 * @param {Job} job
 * @param {JobMarks} marks
 * @param {JobActions} actions
 * @returns {HTMLElement}
 */
export function jobRow(editor, job, marks, actions) {
  const offered = BUTTONS[job.status].filter(([name]) => name !== "compare" || !(marks.isDeleted && isOnly(job)));
  const buttons = offered.map(([name, sign]) => {
    const isPressed = (name === "star" && marks.isStarred) || (name === "compare" && marks.isCompared);
    const label = say(/** @type {any} */ (`jobs.${name}`));
    return element(
      "button",
      { type: "button", class: "job-action", title: label, "aria-label": label, "data-does": name, "aria-pressed": name === "star" || name === "compare" ? String(isPressed) : null, onclick: () => actions[name](job) },
      name === "star" && isPressed ? "★" : sign,
    );
  });
  const words = note(editor, job);
  const lines = element("div", { class: "job-lines" }, element("div", { class: "job-title" }, title(job, marks)), element("div", { class: "job-note", title: words }, words));
  return element(
    "div",
    { class: `job is-${job.status}`, "data-job": job.id, tabindex: job.status === "pending" ? "0" : null },
    thumbnail(editor, job, marks, actions),
    lines,
    element("div", { class: "job-actions" }, ...buttons),
  );
}

/** The row of a prompt that is not read yet. */
export function emptyRow() {
  return element("div", { class: "job is-unread", "aria-busy": "true" });
}

/** Whether its picture is all that it has made. @param {Job} job */
function isOnly({ outputs_count: count = 1 }) {
  return count < 2;
}

/** @param {Editor} editor @param {Job} job @param {JobMarks} marks @param {JobActions} actions */
function thumbnail(editor, job, { isDeleted }, actions) {
  const file = isDeleted ? null : job.preview_output;
  const sign = SIGNS[job.status];
  if (!file || file.mediaType !== "images") return sign ? element("div", { class: "job-picture", "aria-hidden": "true" }, sign) : null;
  const image = element("img", { src: editor.server.viewUrl(file, "", { preview: "webp;75", size: THUMBNAIL_PIXELS }), alt: "", loading: "lazy", decoding: "async" });
  const button = element("button", { type: "button", class: "job-picture", "aria-label": say("jobs.openPictures"), onclick: () => actions.openPictures(job) }, image);
  image.addEventListener("error", () => {
    if (isOnly(job)) button.parentElement?.querySelector('[data-does="compare"]')?.remove();
    button.replaceWith(element("div", { class: "job-picture", "aria-hidden": "true" }, sign ?? ""));
  });
  return button;
}

/** @param {Job} job @param {JobMarks} marks */
function title(job, marks) {
  const state = sayOr(`jobs.is-${job.status}`, job.status);
  if (job.status === "pending" && marks.place !== null) return `${marks.place}. ${job.workflow_name ?? state}`;
  const seconds = job.execution_start_time && job.execution_end_time ? (job.execution_end_time - job.execution_start_time) / 1000 : null;
  return seconds === null ? state : `${state} · ${durationWords(seconds)}`;
}

/** @param {Editor} editor @param {Job} job */
function note(editor, job) {
  const error = job.execution_error;
  const definition = error && editor.definitions.value[error.node_type ?? ""];
  if (job.status === "failed" && error) return [definition ? classTitle(definition) : error.node_type, error.exception_message?.trim().split("\n")[0]].filter(Boolean).join(": ");
  const when = whenWords(job.execution_end_time ?? job.execution_start_time ?? job.create_time);
  const named = job.status === "pending" ? job.workflow_name && say("jobs.is-pending") : job.workflow_name;
  const parts = [when, named, job.outputs_count ? say("jobs.outputs", { count: job.outputs_count }) : ""];
  return parts.filter(Boolean).join(" · ");
}

/** @param {number} time */
function whenWords(time) {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  const clock = date.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return isToday ? clock : `${date.toLocaleDateString(document.documentElement.lang)} ${clock}`;
}
