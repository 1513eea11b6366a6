// The panel of everything that runs, waits or has ended: paged lists that stay quick with thousands of entries.
import { JobList } from "../client/job_list.js";
import { Stars } from "../client/stars.js";
import { attempt, openWorkflowOf, picturesOf, runAgain } from "../commands/jobs.js";
import { fileKey } from "../kernels/run_cards.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { useStyles } from "../view/stylesheet.js";
import { WindowedList } from "../view/windowed_list.js";
import { attachReordering } from "../gestures/reorder_jobs.js";
import { confirmThat } from "./dialog.js";
import { alongPictures } from "./job_pictures.js";
import { emptyRow, jobRow } from "./job_row.js";
import { openLightbox } from "./lightbox.js";
import { StarredRows } from "./starred_rows.js";
/** @import {Job, JobState} from "../client/server.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {JobActions} from "./job_row.js" */

const ROW = 64;
const REFRESH_MS = 250;
const ENDED = /** @type {JobState[]} */ (["completed", "failed", "cancelled"]);
const FILTERS = /** @type {Record<string, JobState[]>} */ ({ all: ENDED, completed: ["completed"], failed: ["failed", "cancelled"] });

/** @type {QueuePanel | null} */
let opened = null;

/**
 * Open the panel, or close it where it is open.
 * @param {HTMLElement} root
 * @param {Editor} editor
 * @param {Stage} stage
 */
export async function toggleQueuePanel(root, editor, stage) {
  await useStyles("queue");
  if (opened) opened.close();
  else opened = new QueuePanel(root, editor, stage, () => (opened = null));
}

class QueuePanel {
  #timer = 0;
  /** @type {(() => void)[]} */
  #stops = [];
  /** @type {Job | null} the one that another is to be compared with */
  #compared = null;

  /** @param {HTMLElement} root @param {Editor} editor @param {Stage} stage @param {() => void} onClose */
  constructor(root, editor, stage, onClose) {
    this.editor = editor;
    this.stage = stage;
    this.onClose = onClose;
    this.stars = new Stars(editor.server);
    this.running = new JobList(editor.server, { states: ["in_progress"] });
    this.waiting = new JobList(editor.server, { states: ["pending"], order: "queue" });
    this.ended = new JobList(editor.server, { states: ENDED, order: "ended" });
    this.starred = new StarredRows(editor.server, this.stars);
    /** What had the focus before, and gets it back. */
    this.before = document.activeElement;
    this.isPaused = false;
    this.isStarredShown = false;
    const pause = () => attempt(editor, async () => this.#showPaused((await editor.server.setPaused(!this.isPaused)).paused));
    this.pause = element("button", { type: "button", class: "button is-small", disabled: true, onclick: pause }, say("jobs.pause"));
    this.clear = element("button", { type: "button", class: "button is-small", onclick: () => this.#clear() }, say("jobs.clear"));
    this.runningRows = element("div", { class: "job-running" });
    this.waitingCount = element("h3", {});
    this.waitingRows = new WindowedList(ROW, say("jobs.waiting"), this.#source(this.waiting, true));
    this.endedCount = element("h3", {});
    this.endedRows = new WindowedList(ROW, say("jobs.ended"), this.#endedSource());
    this.search = element("input", { type: "search", class: "job-search", placeholder: say("jobs.search"), "aria-label": say("jobs.search") });
    this.element = this.#build();
    root.append(this.element);
    this.#listen();
    this.refresh();
    /** @type {HTMLElement} */ (this.element.querySelector("button")).focus();
  }

  close() {
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
    const isInside = this.element.contains(document.activeElement);
    this.element.remove();
    if (isInside && this.before instanceof HTMLElement) this.before.focus({ preventScroll: true });
    this.onClose();
  }

  /** Read anew what is shown. */
  refresh() {
    for (const list of [this.running, this.waiting, this.ended]) list.refresh();
    // Another device may have starred something too.
    this.stars.read().catch(() => {});
    this.running.need({ first: 0, last: 1 });
    attempt(this.editor, async () => this.#showPaused(await this.editor.server.isPaused()));
  }

  #build() {
    attachReordering(this.waitingRows, this.waiting, (ids, place) => attempt(this.editor, () => this.editor.server.move(ids, place)));
    const close = element("button", { type: "button", class: "close", "aria-label": say("page.close"), onclick: () => this.close() }, "×");
    const panel = element(
      "aside",
      { class: "drawer queue-panel", "aria-label": say("jobs.panel") },
      element("header", {}, element("h2", {}, say("jobs.panel")), close),
      this.runningRows,
      element("div", { class: "job-head" }, this.waitingCount, this.pause, this.clear),
      this.waitingRows.element,
      element("div", { class: "job-head" }, this.endedCount, this.#filter()),
      this.search,
      this.endedRows.element,
    );
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    return panel;
  }

  /** Take away all that waits. More than one prompt is asked about: none of them can be had back. */
  async #clear() {
    const count = this.waiting.total.value;
    const isSure = count < 2 || (await confirmThat({ title: say("jobs.clear"), message: say("jobs.clear-sure", { count }), button: say("jobs.clear") }));
    if (isSure) await attempt(this.editor, () => this.editor.server.clearQueue());
  }

  #filter() {
    const names = [...Object.keys(FILTERS), "starred"];
    const select = element("select", { "aria-label": say("jobs.filter") }, ...names.map((name) => element("option", { value: name }, say(/** @type {any} */ (`jobs.filter-${name}`)))));
    select.addEventListener("change", () => {
      this.isStarredShown = select.value === "starred";
      this.search.hidden = this.isStarredShown;
      if (!this.isStarredShown) this.ended.ask({ ...this.ended.query, states: FILTERS[select.value] });
      this.#show();
    });
    return select;
  }

  #listen() {
    const { runs } = this.editor;
    const later = () => (this.#timer ||= window.setTimeout(() => ((this.#timer = 0), this.refresh()), REFRESH_MS));
    const show = () => this.#show();
    this.#stops = [runs.changes.subscribe(later), this.stars.ids.subscribe(show), this.starred.changes.subscribe(show), this.stars.follow(), runs.deleted.subscribe(show)];
    for (const list of [this.running, this.waiting, this.ended]) this.#stops.push(list.changes.subscribe(show));
    let timer = 0;
    this.search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.ended.ask({ ...this.ended.query, search: this.search.value.trim() }), REFRESH_MS);
    });
  }

  #show() {
    const rows = Array.from({ length: this.running.total.value }, (_none, row) => this.running.at(row)).filter((job) => job !== undefined);
    this.runningRows.replaceChildren(...rows.map((job) => this.#row(job, null)));
    this.waitingCount.textContent = say("jobs.count-waiting", { count: this.waiting.total.value });
    const ended = this.isStarredShown ? this.starred.total : this.ended.total.value;
    const isNoneFound = !ended && !this.isStarredShown && this.search.value.trim();
    this.endedCount.textContent = isNoneFound ? say("page.empty") : say("jobs.count-ended", { count: ended });
    this.clear.disabled = !this.waiting.total.value;
    this.waitingRows.element.style.setProperty("--rows", String(this.waiting.total.value));
    this.waitingRows.show();
    this.endedRows.show();
  }

  /** @param {boolean} isPaused */
  #showPaused(isPaused) {
    this.isPaused = isPaused;
    this.pause.disabled = false;
    this.pause.textContent = say(isPaused ? "jobs.resume" : "jobs.pause");
    this.element.classList.toggle("is-paused", isPaused);
  }

  /** @param {JobList} list @param {boolean} isNumbered */
  #source(list, isNumbered) {
    const place = (/** @type {number} */ row) => (isNumbered ? row + 1 : null);
    return {
      total: () => list.total.value,
      key: (/** @type {number} */ row) => this.#key(list.at(row), place(row)),
      make: (/** @type {number} */ row) => this.#row(list.at(row), place(row)),
      need: (/** @type {{first: number, last: number}} */ rows) => void list.need(rows),
    };
  }

  #endedSource() {
    const whole = this.#source(this.ended, false);
    return {
      total: () => (this.isStarredShown ? this.starred.total : whole.total()),
      key: (/** @type {number} */ row) => (this.isStarredShown ? this.#key(this.starred.at(row), null) : whole.key(row)),
      make: (/** @type {number} */ row) => (this.isStarredShown ? this.#row(this.starred.at(row), null) : whole.make(row)),
      need: (/** @type {{first: number, last: number}} */ rows) => void (this.isStarredShown ? this.starred.need(rows) : whole.need(rows)),
    };
  }

  /** What has ended, as it is listed now. @returns {import("./job_pictures.js").JobRows} */
  #endedRows() {
    const { ended, starred } = this;
    if (this.isStarredShown) return { total: () => starred.total, at: (row) => starred.at(row), need: (rows) => starred.need(rows) };
    return { total: () => ended.total.value, at: (row) => ended.at(row), need: (rows) => ended.need(rows) };
  }

  /** @param {Job | undefined} job @param {number | null} place */
  #key(job, place) {
    if (!job) return "unread";
    const marks = this.#marks(job, place);
    return [job.id, job.status, ...Object.values(marks)].join(" ");
  }

  /** @param {Job | undefined} job @param {number | null} place */
  #row(job, place) {
    if (!job) return emptyRow();
    return jobRow(this.editor, job, this.#marks(job, place), this.#actions());
  }

  /** @param {Job} job @param {number | null} place @returns {import("./job_row.js").JobMarks} */
  #marks({ id, preview_output: picture }, place) {
    const isDeleted = Boolean(picture && this.editor.runs.deleted.value.has(fileKey(picture)));
    return { isStarred: this.stars.ids.value.has(id), isCompared: this.#compared?.id === id, isDeleted, place };
  }

  /** @returns {JobActions} */
  #actions() {
    const { editor, stage } = this;
    return {
      openPictures: (job) => attempt(editor, async () => (await openLightbox(editor, stage, await picturesOf(editor, job), 0))?.goOnBy(alongPictures(editor, this.#endedRows(), job.id))),
      openWorkflow: (job) => attempt(editor, () => openWorkflowOf(editor, job)),
      runAgain: (job) => attempt(editor, () => runAgain(editor, job)),
      star: (job) => attempt(editor, () => this.stars.toggle(job.id)),
      compare: (job) => this.#compare(job),
      forget: (job) => attempt(editor, async () => (await editor.server.forget([job.id]), this.ended.refresh())),
      cancel: (job) => attempt(editor, () => editor.runs.cancel(job.id)),
      toFront: (job) => attempt(editor, () => editor.server.move([job.id], { to: "front" })),
    };
  }

  /** The first one chosen waits for the second; both together are opened. @param {Job} job */
  #compare(job) {
    const first = this.#compared;
    this.#compared = first ? null : job;
    this.#show();
    if (!first) return this.editor.notices.show(say("jobs.choose-other"), "info");
    if (first.id === job.id) return;
    attempt(this.editor, async () => {
      const [one, other] = [await picturesOf(this.editor, first), await picturesOf(this.editor, job)];
      openLightbox(this.editor, this.stage, one.length ? one : other, 0, one.length ? other : []);
    });
  }
}
