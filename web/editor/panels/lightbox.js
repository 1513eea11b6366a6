// A picture looked at closely: zoom, pan, its neighbours, a before-and-after slider, and where it can be sent.
import { attempt } from "../commands/jobs.js";
import { PICTURE_ACTIONS } from "../commands/pictures.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { PictureStage } from "../view/picture_stage.js";
import { useStyles } from "../view/stylesheet.js";
import { showAlone, takeOut } from "./dialog.js";
import { pickPicture } from "./picture_strip.js";
/** @import {FileReference} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

/**
 * A picture to look at: a file of the server, or only an address where it is none (a preview of a run).
 * @typedef {{file: FileReference | null, url: string}} Shown
 */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {(FileReference | Shown)[]} pictures
 * @param {number} index the one to begin with
 * @param {FileReference[]} [others] what to compare them with, each with the one at its place
 */
export async function openLightbox(editor, stage, pictures, index, others = []) {
  await useStyles("lightbox");
  const shown = pictures.map((picture) => ("url" in picture ? picture : shownFile(editor, picture)));
  if (!shown.length) {
    editor.notices.show(say("lightbox.nothing"), "info");
    return null;
  }
  const lightbox = new Lightbox(editor, stage, shown, index);
  lightbox.compareAll(others.map((file) => shownFile(editor, file)));
  return lightbox;
}

/** @param {Editor} editor @param {FileReference} file @returns {Shown} */
function shownFile(editor, file) {
  return { file, url: editor.server.viewUrl(file) };
}

class Lightbox {
  /** @type {Shown | null} */
  #other = null;
  /** @type {Shown[]} what there is to compare with each picture */
  #others = [];
  /** @type {((by: number) => Promise<FileReference[] | null>) | null} */
  #beyond = null;
  #isGoingOn = false;

  /** @param {Editor} editor @param {Stage} stage @param {Shown[]} pictures @param {number} index */
  constructor(editor, stage, pictures, index) {
    this.editor = editor;
    this.stage = stage;
    this.pictures = pictures;
    this.index = index;
    this.surface = new PictureStage(true);
    this.image = element("img", { alt: "", draggable: "false" });
    this.before = element("img", { alt: "", class: "is-before", draggable: "false", hidden: true });
    this.surface.content.append(this.image, this.before);
    this.slider = element("input", { type: "range", min: "0", max: "100", step: "any", value: "50", class: "compare-slider", "aria-label": say("lightbox.slider"), hidden: true });
    this.divider = element("div", { class: "compare-line", "aria-hidden": "true", hidden: true });
    this.surface.element.append(this.divider);
    this.caption = element("span", { class: "lightbox-name" });
    this.previous = tool("‹", say("lightbox.previous"), () => this.#step(-1));
    this.next = tool("›", say("lightbox.next"), () => this.#step(1));
    this.compare = word(say("lightbox.compare"), () => this.toggleCompare());
    this.remove = word(say("lightbox.delete"), () => this.#delete());
    this.said = element("p", { class: "lightbox-said", role: "status", hidden: true });
    this.fileTools = element("span", { class: "lightbox-tools" });
    this.element = element("dialog", { class: "lightbox", "aria-label": say("lightbox.label") }, this.#bar(), this.said, this.surface.element, this.slider);
    this.#listen();
    showAlone(this.element);
    this.#show();
  }

  get current() {
    return this.pictures[this.index];
  }

  /** Lay another picture beside this one; null takes it away. @param {Shown | null} other */
  compareWith(other) {
    this.#other = other;
    for (const part of [this.before, this.slider, this.divider]) part.hidden = !other;
    if (other) this.before.src = other.url;
    this.compare.setAttribute("aria-pressed", String(Boolean(other)));
    this.#split();
    this.#describe();
  }

  /** @param {Shown[]} others */
  compareAll(others) {
    this.#others = others;
    this.compareWith(others[Math.min(this.index, others.length - 1)] ?? null);
  }

  close() {
    takeOut(this.element);
  }

  #bar() {
    this.fileTools.append(
      ...PICTURE_ACTIONS.map((action) => word(say(action.word), () => this.#do(action), say(action.label))),
      this.remove,
    );
    return element(
      "header",
      { class: "lightbox-bar" },
      this.previous,
      this.next,
      this.caption,
      element("span", { class: "spacer" }),
      tool("−", say("command.zoom-out"), () => this.surface.zoom(1 / 1.25)),
      tool("+", say("command.zoom-in"), () => this.surface.zoom(1.25)),
      word(say("page.fit"), () => this.surface.fit()),
      word("100 %", () => this.surface.showPixels()),
      this.compare,
      this.fileTools,
      element("button", { type: "button", class: "close", "aria-label": say("page.close"), onclick: () => this.close() }, "×"),
    );
  }

  #listen() {
    this.image.addEventListener("load", () => this.#loaded());
    this.image.addEventListener("error", () => this.#missed());
    this.before.addEventListener("error", () => this.#missedOther());
    this.slider.addEventListener("input", () => this.#split());
    this.surface.view.subscribe(() => this.#split());
    this.#listenToDivider();
    this.surface.element.addEventListener("dblclick", () => this.surface.fit());
    this.element.addEventListener("close", () => this.element.remove());
    this.element.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step && event.target !== this.slider) this.#step(step);
    });
  }

  /** The line between two pictures is dragged like the slider below it. */
  #listenToDivider() {
    this.divider.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      event.preventDefault();
      this.divider.setPointerCapture(event.pointerId);
    });
    this.divider.addEventListener("pointermove", (event) => {
      if (!this.divider.hasPointerCapture(event.pointerId)) return;
      const box = this.surface.element.getBoundingClientRect();
      this.slider.value = String((100 * (event.clientX - box.left)) / box.width);
      this.#split();
    });
  }

  #show() {
    const { url, file } = this.current;
    this.image.src = url;
    this.previous.disabled = this.next.disabled = this.pictures.length < 2 && !this.#beyond;
    this.fileTools.hidden = this.compare.hidden = !file;
    this.remove.hidden = file?.type === "input";
    this.#resetDelete();
    this.caption.textContent = file?.filename ?? "";
    this.caption.title = this.caption.textContent;
  }

  #loaded() {
    const { naturalWidth: w, naturalHeight: h } = this.image;
    this.#describe();
    if (this.surface.size.w !== w || this.surface.size.h !== h) this.surface.setSize({ w, h });
  }

  /** The name and size of what is shown; of two, which of them lies where. */
  #describe() {
    const { naturalWidth: w, naturalHeight: h } = this.image;
    if (!this.image.complete || !w) return;
    const name = this.current.file?.filename ?? "";
    const names = this.#other ? say("lightbox.left-right", { left: this.#other.file?.filename ?? "", right: name }) : name;
    this.caption.textContent = [names, `${w} × ${h}`, this.pictures.length > 1 ? `${this.index + 1}/${this.pictures.length}` : ""].filter(Boolean).join(" · ");
    this.caption.title = this.caption.textContent;
  }

  /** Of two pictures the one that is there is shown, where the other is gone. */
  #missed() {
    const other = this.#other;
    if (other && this.pictures.length === 1) {
      this.pictures = [other];
      this.compareAll([]);
      this.#show();
      this.#tell(say("picture.gone"));
      return;
    }
    this.caption.textContent = say("picture.gone");
  }

  /** What is gone is not compared with. */
  #missedOther() {
    if (!this.#other) return;
    this.compareWith(null);
    this.#tell(say("picture.gone"));
  }

  /** Say something here: the page's own notices lie under this window. @param {string} words */
  #tell(words) {
    this.said.textContent = words;
    this.said.hidden = !words;
  }

  /** Behind the last of these pictures, and before the first one, others come. @param {(by: number) => Promise<FileReference[] | null>} beyond answers null where there are none */
  goOnBy(beyond) {
    this.#beyond = beyond;
    this.previous.disabled = this.next.disabled = false;
  }

  /** @param {number} by */
  #step(by) {
    this.#tell("");
    const isWithin = this.index + by >= 0 && this.index + by < this.pictures.length;
    if (by && !isWithin && this.#beyond) return void this.#goOn(by);
    this.index = (this.index + by + this.pictures.length) % this.pictures.length;
    this.#show();
    if (this.#others.length > 1) this.compareAll(this.#others);
  }

  /** @param {number} by */
  async #goOn(by) {
    if (this.#isGoingOn) return;
    this.#isGoingOn = true;
    try {
      const files = await this.#beyond?.(by);
      if (!files) return this.#tell(say("lightbox.no-more"));
      this.pictures = files.map((file) => shownFile(this.editor, file));
      this.index = by > 0 ? 0 : files.length - 1;
      this.#show();
    } catch (error) {
      this.#tell(/** @type {Error} */ (error).message);
    } finally {
      this.#isGoingOn = false;
    }
  }

  /** Cut the picture that lies above at the slider's place on the screen. */
  #split() {
    if (!this.#other) return;
    const { x, scale } = this.surface.view.value;
    const at = (this.surface.element.clientWidth * Number(this.slider.value)) / 100;
    const share = Math.min(Math.max((at - x) / (scale * this.surface.size.w), 0), 1);
    this.before.style.clipPath = `inset(0 ${100 * (1 - share)}% 0 0)`;
    this.divider.style.left = `${at}px`;
  }

  /** Choose another picture to compare this one with; where there is one, take it away. */
  async toggleCompare() {
    if (this.#other) return this.compareAll([]);
    const file = await pickPicture(this.editor, this.element, this.pictures, this.current.file);
    if (file) this.compareWith(file);
  }

  /** @param {import("../commands/pictures.js").PictureAction} action */
  #do({ leaves, run }) {
    const { file, url } = this.current;
    if (!file) return;
    if (leaves) this.close();
    attempt(this.editor, async () => run(this.editor, this.stage, { file, url }));
  }

  /** The first press asks, the second deletes. */
  #delete() {
    if (this.remove.dataset.asked !== "yes") {
      this.remove.dataset.asked = "yes";
      this.remove.textContent = say("lightbox.really-delete");
      return;
    }
    attempt(this.editor, async () => {
      const { file } = this.current;
      if (file) await this.editor.runs.deleteResult(file);
      this.pictures.splice(this.index, 1);
      if (!this.pictures.length) return this.close();
      this.#step(0);
    });
  }

  #resetDelete() {
    this.remove.dataset.asked = "no";
    this.remove.textContent = say("lightbox.delete");
  }
}

/** @param {string} sign @param {string} label @param {() => void} run */
function tool(sign, label, run) {
  return element("button", { type: "button", class: "tool", title: label, "aria-label": label, onclick: run }, sign);
}

/** @param {string} label @param {() => void} run @param {string} [tip] what it does, where its name alone does not say so */
function word(label, run, tip) {
  return element("button", { type: "button", class: "tool is-word", title: tip, onclick: run }, label);
}
