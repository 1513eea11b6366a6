// Queueing by itself: again and again, or whenever the workflow was changed.
import { queue } from "./run.js";
/** @import {Editor} from "../editor.js" */

const SETTLED_MS = 400;
const LEAVING_MS = 3000;

/**
 * How the Queue button runs the workflow.
 * @typedef {object} RunOptions
 * @property {number} count how often one press queues it
 * @property {"never" | "always" | "changes"} repeat whether it is queued again by itself: as soon as nothing of this page
 *   waits any more, or only once it was changed
 */

/** @type {RunOptions} */
const ONCE = { count: 1, repeat: "never" };
const KEY = "skein.runOptions";

/** The run options as this window had them before a reload. @returns {RunOptions} */
export function keptOptions() {
  try {
    const { count, repeat } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    const isKnown = Number.isInteger(count) && count >= 1 && ["never", "always", "changes"].includes(repeat);
    return isKnown ? { count, repeat } : ONCE;
  } catch {
    return ONCE;
  }
}

/**
 * Queue the workflow again where the run options say so. What is refused or fails ends the repeating.
 * @param {Editor} editor
 */
export function attachRepeating(editor) {
  editor.queued = editor.document.workflow;
  let timer = 0;
  let isQueueing = false;
  // To choose it queues nothing: it goes on from the next press, or from what waits.
  let isBegun = false;
  const stop = () => {
    editor.runOptions.value = { ...editor.runOptions.value, repeat: "never" };
  };
  const run = async () => {
    timer = 0;
    if (isQueueing || !isDue(editor, isBegun)) return;
    isQueueing = true;
    try {
      if (!(await queue(editor, { count: 1 }))) stop();
    } finally {
      isQueueing = false;
      look();
    }
  };
  const look = () => {
    isBegun ||= editor.runs.state.value.pending.length > 0;
    if (!isQueueing && isDue(editor, isBegun)) timer ||= window.setTimeout(run, editor.runOptions.value.repeat === "changes" ? SETTLED_MS : 0);
  };
  keepOptions(editor);
  editor.runOptions.subscribe(({ repeat }) => {
    isBegun = false;
    if (repeat === "changes") editor.queued = editor.document.workflow;
    look();
  });
  editor.document.current.subscribe(look);
  let failure = editor.runs.state.value.failure;
  editor.runs.state.subscribe((state) => {
    if (state.failure && state.failure !== failure && editor.runOptions.value.repeat !== "never") stop();
    failure = state.failure;
    look();
  });
  look();
}

/** Keep the run options over a reload, which itself may break off a prompt on its way: that is no reason to stop. @param {Editor} editor */
function keepOptions(editor) {
  let leavesAt = -LEAVING_MS;
  window.addEventListener("beforeunload", () => (leavesAt = performance.now()));
  editor.runOptions.subscribe((options) => {
    if (performance.now() - leavesAt > LEAVING_MS) sessionStorage.setItem(KEY, JSON.stringify(options));
  });
}

/** @param {Editor} editor @param {boolean} isBegun whether something was queued since it was chosen */
function isDue(editor, isBegun) {
  const { repeat } = editor.runOptions.value;
  const { pending, connection } = editor.runs.state.value;
  if (repeat === "never" || pending.length || connection !== "open") return false;
  return repeat === "always" ? isBegun : editor.document.workflow !== editor.queued;
}
