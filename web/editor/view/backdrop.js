// What is painted around the view, kept, so that moving the view over thousands of nodes costs one copy a frame.
import { paint } from "./painter.js";
/** @import {Picture} from "./painter.js" */
/** @import {Theme} from "./theme.js" */

// How far beyond the screen it reaches on each side, and how much larger or smaller a kept picture may be shown.
const MARGIN = 0.25;
const MOST_ZOOM = 2;

/** Keeps one painted picture until something in it changes or the view leaves it. */
export class Backdrop {
  #canvas = document.createElement("canvas");
  /** @type {unknown[]} what the kept picture shows */
  #shown = [];
  #view = { x: 0, y: 0, scale: 1 };
  #screen = { w: 0, h: 0 };

  /**
   * Show the picture, from the kept one where that serves.
   * @param {CanvasRenderingContext2D} context
   * @param {Picture} picture
   * @param {Theme} theme
   * @param {unknown} boxes changes whenever other nodes are boxes than before
   * @param {boolean} isMoving at rest a picture that is not sharp does not serve
   */
  show(context, picture, theme, boxes, isMoving) {
    const { scene, selection, selectedLink, hiddenLink, runs, screen } = picture;
    const shown = [scene, selection, selectedLink, hiddenLink, runs, theme, boxes, screen, devicePixelRatio];
    const isSame = shown.length === this.#shown.length && shown.every((part, index) => part === this.#shown[index]);
    if (!isSame || !this.#serves(picture, isMoving)) this.#paint(picture, theme, shown);
    const ratio = devicePixelRatio;
    const zoom = picture.view.scale / this.#view.scale;
    const x = (picture.view.x - this.#view.x * zoom) * ratio;
    const y = (picture.view.y - this.#view.y * zoom) * ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.drawImage(this.#canvas, x, y, this.#canvas.width * zoom, this.#canvas.height * zoom);
  }

  /** Let go of what was kept. */
  forget() {
    this.#shown = [];
    this.#canvas.width = 0;
  }

  /** @param {Picture} picture @param {boolean} isMoving */
  #serves({ view, screen }, isMoving) {
    const zoom = view.scale / this.#view.scale;
    const left = view.x - this.#view.x * zoom;
    const top = view.y - this.#view.y * zoom;
    const covers = left <= 0 && top <= 0 && left + this.#screen.w * zoom >= screen.w && top + this.#screen.h * zoom >= screen.h;
    if (!covers) return false;
    if (isMoving) return zoom <= MOST_ZOOM && zoom >= 1 / MOST_ZOOM;
    return zoom === 1 && Number.isInteger(left * devicePixelRatio) && Number.isInteger(top * devicePixelRatio);
  }

  /** @param {Picture} picture @param {Theme} theme @param {unknown[]} shown */
  #paint(picture, theme, shown) {
    const { view, screen } = picture;
    const margin = { x: Math.round(screen.w * MARGIN), y: Math.round(screen.h * MARGIN) };
    this.#screen = { w: screen.w + 2 * margin.x, h: screen.h + 2 * margin.y };
    this.#view = { x: view.x + margin.x, y: view.y + margin.y, scale: view.scale };
    const [width, height] = [this.#screen.w * devicePixelRatio, this.#screen.h * devicePixelRatio].map(Math.round);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    const canvas = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    canvas.setTransform(1, 0, 0, 1, 0, 0);
    canvas.clearRect(0, 0, width, height);
    paint(canvas, { ...picture, view: this.#view, screen: this.#screen }, theme);
    this.#shown = shown;
    // The kept view in the screen's own units, whose origin is the screen's corner.
    this.#view = { ...this.#view, x: view.x + margin.x, y: view.y + margin.y };
  }
}
