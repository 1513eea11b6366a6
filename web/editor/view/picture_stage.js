// A surface on which a picture lies: zoomed by wheel or two fingers, moved by dragging, with points told in its pixels.
import { Observable } from "../document/observable.js";
import { toWorld, wheelZoom } from "../kernels/geometry.js";
import { fitPicture, pinchPicture, zoomPicture } from "../kernels/picture_view.js";
import { element } from "./dom.js";
/** @import {Point, Viewport} from "../kernels/geometry.js" */

const MARGIN = 24;

/** Holds what is laid on it in `content`, whose pixels are the picture's. */
export class PictureStage {
  /** @type {Map<number, Point>} the pointers that are down */
  #pointers = new Map();
  #isFitted = true;

  /** @param {boolean} pansWithAnyButton otherwise only the middle button or the space key moves the picture */
  constructor(pansWithAnyButton) {
    this.pansWithAnyButton = pansWithAnyButton;
    this.content = element("div", { class: "picture-content" });
    this.element = element("div", { class: "picture-stage" }, this.content);
    this.size = { w: 1, h: 1 };
    this.isSpaceHeld = false;
    /** @type {Observable<Viewport>} */
    this.view = new Observable({ x: 0, y: 0, scale: 1 });
    this.view.subscribe(({ x, y, scale }) => {
      this.content.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
      this.element.classList.toggle("is-magnified", scale >= 2);
    });
    new ResizeObserver(() => this.#isFitted && this.fit()).observe(this.element);
    this.element.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    this.element.addEventListener("pointerdown", (event) => this.#onDown(event));
    this.element.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      this.element.addEventListener(name, (event) => this.#pointers.delete(event.pointerId));
    }
  }

  /** @param {{w: number, h: number}} size pixels of the picture */
  setSize(size) {
    this.size = size;
    this.content.style.width = `${size.w}px`;
    this.content.style.height = `${size.h}px`;
    this.fit();
  }

  fit() {
    this.#isFitted = true;
    const screen = { w: this.element.clientWidth, h: this.element.clientHeight };
    if (screen.w && screen.h) this.view.value = fitPicture(this.size, screen, MARGIN);
  }

  /** @param {number} factor */
  zoom(factor) {
    this.#change(zoomPicture(this.view.value, { x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 }, factor));
  }

  /** Show the picture pixel by pixel. */
  showPixels() {
    this.zoom(1 / this.view.value.scale);
  }

  /** Where an event is, in the picture's pixels. @param {{clientX: number, clientY: number}} event */
  pointOf(event) {
    return toWorld(this.#screenPoint(event), this.view.value);
  }

  /** Whether a press moves the picture. @param {PointerEvent} event */
  isPan(event) {
    return this.pansWithAnyButton || event.button === 1 || this.isSpaceHeld || this.#pointers.size > 1;
  }

  /** @param {{clientX: number, clientY: number}} event @returns {Point} */
  #screenPoint(event) {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {Viewport} view */
  #change(view) {
    this.#isFitted = false;
    this.view.value = view;
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    event.preventDefault();
    this.#change(zoomPicture(this.view.value, this.#screenPoint(event), wheelZoom(event)));
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.target instanceof Element && event.target.closest("input, button")) return;
    this.#pointers.set(event.pointerId, this.#screenPoint(event));
    if (this.isPan(event)) this.element.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const after = this.#screenPoint(event);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, after);
    if (other) this.#change(pinchPicture(this.view.value, [before, other], [after, other]));
    else if (this.pansWithAnyButton || (event.buttons & 4) === 4 || this.isSpaceHeld) {
      const { x, y, scale } = this.view.value;
      this.#change({ scale, x: x + after.x - before.x, y: y + after.y - before.y });
    }
  }
}
