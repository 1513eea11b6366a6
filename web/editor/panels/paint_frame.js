// The window that the mask's editor and painting share: a picture to draw on, tools beside it, undo, zoom, save.
import { PaintHistory } from "../kernels/paint_history.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { PictureStage } from "../view/picture_stage.js";
import { confirmThat, takeOut } from "./dialog.js";
import { makeTools } from "./paint_tools.js";
/** @import {Tool} from "../gestures/paint.js" */

/** A window for drawing. What is drawn goes into `surface.content`. */
export class PaintFrame {
  #isSaving = false;
  #isChanged = false;
  /** @type {HTMLElement | null} the button on which the space key is held */
  #spaceOn = null;

  /**
   * @param {string} title
   * @param {Tool[]} tools
   * @param {() => Promise<void>} save what the Save button does; the window closes when that is done
   */
  constructor(title, tools, save) {
    this.save = save;
    /** Called once it was closed without saving. */
    this.onLeft = () => {};
    this.history = new PaintHistory();
    this.surface = new PictureStage(false);
    this.tools = makeTools(tools);
    const word = (/** @type {string} */ label, /** @type {() => void} */ run) => element("button", { type: "button", class: "tool is-word", onclick: run }, label);
    this.undo = word(say("command.undo"), () => this.#step("undo"));
    this.redo = word(say("command.redo"), () => this.#step("redo"));
    this.saveButton = element("button", { type: "button", class: "button is-primary", onclick: () => this.#save() }, say("paint.save"));
    const bar = element(
      "header",
      { class: "lightbox-bar" },
      element("strong", { class: "lightbox-name" }, title),
      this.undo,
      this.redo,
      element("span", { class: "spacer" }),
      word("−", () => this.surface.zoom(1 / 1.25)),
      word("+", () => this.surface.zoom(1.25)),
      word(say("page.fit"), () => this.surface.fit()),
      word("100 %", () => this.surface.showPixels()),
      element("button", { type: "button", class: "button", onclick: () => this.leave() }, say("page.cancel")),
      this.saveButton,
    );
    this.problem = element("p", { class: "paint-problem", role: "alert", hidden: true });
    this.cursor = element("div", { class: "paint-cursor", "aria-hidden": "true" });
    this.surface.element.append(this.cursor);
    this.surface.element.tabIndex = -1;
    this.element = element("dialog", { class: "lightbox painting", "aria-label": title }, bar, this.problem, element("div", { class: "paint-body" }, this.tools.element, this.surface.element));
    this.#listen();
    this.#showSteps();
  }

  /** @param {{w: number, h: number}} size of the picture */
  open(size) {
    document.body.append(this.element);
    this.element.showModal();
    this.surface.setSize(size);
  }

  /** Something was done that can be undone. @param {import("../kernels/paint_history.js").PaintStep} step */
  did(step) {
    this.history.push(step);
    this.#isChanged = true;
    this.#showSteps();
  }

  close() {
    takeOut(this.element);
  }

  /** Close it without saving; what was painted goes only when the person says so. */
  async leave() {
    if (this.#isChanged) {
      const isSure = await confirmThat({ title: say("paint.leave"), message: say("paint.leave-message"), button: say("paint.discard") });
      if (!isSure) return;
    }
    this.close();
    this.onLeft();
  }

  #listen() {
    // The browser asks before a reload or the closing of the page, which would take along what was painted.
    const keep = (/** @type {BeforeUnloadEvent} */ event) => this.#isChanged && event.preventDefault();
    window.addEventListener("beforeunload", keep);
    this.element.addEventListener("close", () => {
      window.removeEventListener("beforeunload", keep);
      this.element.remove();
    });
    // Escape by itself would close the window: the browser asks at most once whether it may.
    this.element.addEventListener("cancel", (event) => {
      if (event.target !== this.element) return;
      event.preventDefault();
      this.leave();
    });
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.addEventListener("keyup", (event) => event.key === " " && this.#releaseSpace(event));
    // Painting keeps the default of a press away, which would bring the keys back here.
    this.surface.element.addEventListener("pointerdown", () => {
      this.#spaceOn = null;
      this.surface.element.focus({ preventScroll: true });
    });
    this.surface.element.addEventListener("pointermove", (event) => this.#showCursor(event));
    this.surface.element.addEventListener("pointerleave", () => (this.cursor.hidden = true));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== "Escape" && event.target instanceof HTMLInputElement && ["text", "number"].includes(event.target.type)) return;
    const isControl = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (isControl && key === "z") this.#step(event.shiftKey ? "redo" : "undo");
    else if (isControl && key === "y") this.#step("redo");
    else if (isControl && key === "s") this.#save();
    else if (event.key === "Escape") this.leave();
    else if (key === " ") this.#holdSpace(event);
    else if (!this.tools.onKey(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Wherever the focus is, the space key moves the picture; a button is pressed by it where nothing was moved. @param {KeyboardEvent} event */
  #holdSpace({ target, repeat }) {
    if (repeat) return;
    this.surface.isSpaceHeld = true;
    this.#spaceOn = target instanceof HTMLElement && target.matches("button, input[type='color']") ? target : null;
  }

  /** @param {KeyboardEvent} event */
  #releaseSpace(event) {
    if (!this.surface.isSpaceHeld) return;
    event.preventDefault();
    this.surface.isSpaceHeld = false;
    this.#spaceOn?.click();
    this.#spaceOn = null;
  }

  /** @param {"undo" | "redo"} direction */
  #step(direction) {
    this.history[direction]();
    this.#showSteps();
  }

  #showSteps() {
    this.undo.disabled = !this.history.canUndo;
    this.redo.disabled = !this.history.canRedo;
  }

  /** @param {PointerEvent} event */
  #showCursor(event) {
    const { tool, size } = this.tools.brush.value;
    this.cursor.hidden = !["brush", "eraser", "line"].includes(tool);
    const box = this.surface.element.getBoundingClientRect();
    const width = size * this.surface.view.value.scale;
    Object.assign(this.cursor.style, { width: `${width}px`, height: `${width}px`, left: `${event.clientX - box.left - width / 2}px`, top: `${event.clientY - box.top - width / 2}px` });
  }

  async #save() {
    if (this.#isSaving) return;
    this.#isSaving = true;
    this.saveButton.disabled = true;
    this.problem.hidden = true;
    try {
      await this.save();
      this.close();
    } catch (error) {
      // The page's own notices lie under this window.
      this.problem.textContent = say("paint.not-saved", { problem: /** @type {Error} */ (error).message });
      this.problem.hidden = false;
    } finally {
      this.#isSaving = false;
      this.saveButton.disabled = false;
    }
  }
}
