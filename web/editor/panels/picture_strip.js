// Choosing one of the results that there are, to compare another with it.
import { picturesOf } from "../commands/jobs.js";
import { fileKey } from "../kernels/run_cards.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {FileReference} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Job} from "../client/server.js" */
/** @import {Shown} from "./lightbox.js" */

const PAGE = 60;
const SIZE = "160";

/**
 * Let the person choose among some pictures and all results of the history, the newest first.
 * @param {Editor} editor
 * @param {HTMLElement} parent
 * @param {Shown[]} first those to offer first
 * @param {FileReference | null} current the one that is looked at, which is not offered
 * @returns {Promise<Shown | null>} null where nothing was chosen
 */
export async function pickPicture(editor, parent, first, current) {
  parent.querySelector(".picture-strip")?.remove();
  return new Promise((resolve, reject) => {
    const strip = new PictureStrip(editor, current, (picture) => {
      strip.element.remove();
      resolve(picture);
    });
    parent.append(strip.element);
    strip.begin(first).catch(reject);
  });
}

/** A row of pictures; one that stands for several of one prompt leads to them. */
class PictureStrip {
  #read = 0;
  /** @type {Set<string>} prompts by their ids */
  #known = new Set();
  /** @type {Set<string>} */
  #offered = new Set();

  /** @param {Editor} editor @param {FileReference | null} current @param {(picture: Shown | null) => void} choose */
  constructor(editor, current, choose) {
    this.editor = editor;
    this.choose = choose;
    if (current) this.#offered.add(fileKey(current));
    this.words = element("span", { "aria-live": "polite" }, say("lightbox.choose"));
    this.newest = element("span", { class: "strip-row" });
    this.several = element("span", { class: "strip-row", hidden: true });
    this.more = element("button", { type: "button", class: "tool is-word", hidden: true, onclick: () => this.#readOn(true) }, say("lightbox.more"));
    this.back = element("button", { type: "button", class: "tool is-word", hidden: true, onclick: () => this.#showSeveral(null) }, say("lightbox.back"));
    const close = element("button", { type: "button", class: "close", "aria-label": say("page.close"), onclick: () => choose(null) }, "×");
    this.element = element("div", { class: "picture-strip", role: "group", "aria-label": say("lightbox.choose") }, this.words, this.back, this.several, this.newest, this.more, close);
  }

  /** @param {Shown[]} first */
  async begin(first) {
    for (const { file } of first) if (file) this.#offer(this.newest, file);
    await this.#readOn(false);
    if (!this.newest.children.length && this.more.hidden) this.words.textContent = say("lightbox.nothing");
    focusFirst(this.newest);
    const stop = this.editor.runs.changes.subscribe(() => (this.element.isConnected ? void this.#readNew().catch(() => {}) : stop()));
  }

  /** What has ended since comes first. */
  async #readNew() {
    const { jobs } = await this.editor.server.jobs({ states: ["completed"], order: "ended", limit: PAGE, offset: 0 });
    const ended = jobs.filter(({ id }) => !this.#known.has(id));
    this.#read += ended.length;
    for (const job of ended.reverse()) this.#offerJob(job, "prepend");
    if (this.newest.children.length) this.words.textContent = say("lightbox.choose");
  }

  /** @param {boolean} takesFocus */
  async #readOn(takesFocus) {
    const { jobs, pagination } = await this.editor.server.jobs({ states: ["completed"], order: "ended", limit: PAGE, offset: this.#read });
    this.#read += jobs.length;
    const before = this.newest.children.length;
    for (const job of jobs) this.#offerJob(job, "append");
    this.more.hidden = !pagination.has_more;
    if (takesFocus) /** @type {HTMLElement | undefined} */ (this.newest.children[before] ?? this.newest.lastElementChild)?.focus();
  }

  /** @param {Job} job @param {"append" | "prepend"} where */
  #offerJob(job, where) {
    const { preview_output: file, outputs_count: count = 1 } = job;
    const isKnown = this.#known.has(job.id);
    this.#known.add(job.id);
    if (isKnown || file?.mediaType !== "images") return;
    if (count < 2) return this.#offer(this.newest, file, where);
    const label = say("lightbox.several", { count });
    const open = async () => this.#showSeveral(await picturesOf(this.editor, job));
    this.newest[where](thumbnail(this.editor, file, label, open, String(count)));
  }

  /** @param {HTMLElement} row @param {FileReference} file @param {"append" | "prepend"} [where] */
  #offer(row, file, where = "append") {
    if (this.#offered.has(fileKey(file))) return;
    this.#offered.add(fileKey(file));
    row[where](this.#thumbnail(file));
  }

  /** @param {FileReference} file */
  #thumbnail(file) {
    return thumbnail(this.editor, file, file.filename, () => this.choose({ file, url: this.editor.server.viewUrl(file) }));
  }

  /** @param {FileReference[] | null} files of one prompt; null leads back to all */
  #showSeveral(files) {
    this.several.replaceChildren(...(files ?? []).map((file) => this.#thumbnail(file)));
    this.several.hidden = this.back.hidden = !files;
    this.newest.hidden = Boolean(files);
    this.more.classList.toggle("is-away", Boolean(files));
    focusFirst(files ? this.several : this.newest);
  }
}

/** @param {HTMLElement} row */
function focusFirst(row) {
  /** @type {HTMLElement | null} */ (row.firstElementChild)?.focus();
}

/** @param {Editor} editor @param {FileReference} file @param {string} label @param {() => void} choose @param {string} [mark] */
function thumbnail(editor, file, label, choose, mark = "") {
  const image = element("img", { src: editor.server.viewUrl(file, "", { preview: "webp;75", size: SIZE }), alt: label, loading: "lazy" });
  const button = element("button", { type: "button", class: "strip-picture", title: label, onclick: choose }, image, mark ? element("span", { class: "strip-count", "aria-hidden": "true" }, mark) : null);
  // What stands for several may have lost only its first.
  if (!mark) image.addEventListener("error", () => button.remove());
  return button;
}
