// What is painted around the view, kept, so that moving the view over thousands of nodes costs one copy a frame.
import { boundsOf, grown } from "../kernels/geometry.js";
import { isWhole, onPixel } from "../kernels/pixels.js";
import { changedRects } from "../kernels/repainting.js";
import { beyond, paint } from "./painter.js";
/** @import {Rect} from "../kernels/geometry.js" */
/** @import {Picture} from "./painter.js" */
/** @import {Theme} from "./theme.js" */

// How far beyond the screen it reaches on each side, and how much larger or smaller a kept picture may be shown.
const MARGIN = 0.25;
const MOST_ZOOM = 2;
// The share of it up to which a changed part is painted alone.
const MOST_CHANGED = 0.5;

/** Keeps one painted picture until the view leaves it; what changes in it is painted anew, and no more than that. */
export class Backdrop {
  #canvas = document.createElement("canvas");
  /** @type {Picture | null} what the kept picture shows */
  #shown = null;
  /** @type {unknown[]} what all of it depends on */
  #ground = [];
  #view = { x: 0, y: 0, scale: 1 };
  #screen = { w: 0, h: 0 };
  /** @type {Set<string>} nodes whose pictures have come since */
  #spoilt = new Set();

  /**
   * Show the picture, from the kept one where that serves.
   * @param {CanvasRenderingContext2D} context
   * @param {Picture} picture
   * @param {Theme} theme
   * @param {unknown} boxes changes whenever other nodes are boxes than before
   * @param {boolean} isMoving at rest a picture that is not sharp does not serve
   */
  show(context, picture, theme, boxes, isMoving) {
    const ground = [theme, boxes, picture.screen, devicePixelRatio, picture.selectedBend];
    const isSame = this.#shown && ground.every((part, index) => part === this.#ground[index]);
    this.#ground = ground;
    if (!isSame || !this.#serves(picture, isMoving)) this.#paint(picture, theme);
    else this.#mend(picture, theme);
    this.#shown = picture;
    this.#spoilt.clear();
    const ratio = devicePixelRatio;
    const zoom = picture.view.scale / this.#view.scale;
    const x = onPixel((picture.view.x - this.#view.x * zoom) * ratio);
    const y = onPixel((picture.view.y - this.#view.y * zoom) * ratio);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.drawImage(this.#canvas, x, y, this.#canvas.width * zoom, this.#canvas.height * zoom);
  }

  /** The box of a node looks different, though nothing of the workflow has changed. @param {string} id */
  spoil(id) {
    this.#spoilt.add(id);
  }

  /** Let go of what was kept. */
  forget() {
    this.#shown = null;
    this.#spoilt.clear();
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
    return zoom === 1 && isWhole(left * devicePixelRatio) && isWhole(top * devicePixelRatio);
  }

  /** @param {Picture} picture @param {Theme} theme */
  #paint(picture, theme) {
    const { view, screen } = picture;
    const margin = { x: Math.round(screen.w * MARGIN), y: Math.round(screen.h * MARGIN) };
    this.#screen = { w: screen.w + 2 * margin.x, h: screen.h + 2 * margin.y };
    this.#view = { x: view.x + margin.x, y: view.y + margin.y, scale: view.scale };
    const [width, height] = [this.#screen.w * devicePixelRatio, this.#screen.h * devicePixelRatio].map(Math.round);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#paintPart(picture, theme, { x: 0, y: 0, w: width, h: height });
  }

  /** Paint anew where the kept picture shows something else. @param {Picture} picture @param {Theme} theme */
  #mend(picture, theme) {
    const shown = /** @type {Picture} */ (this.#shown);
    const keys = /** @type {const} */ (["scene", "selection", "selectedLink", "hiddenLink", "runs", "path"]);
    if (!this.#spoilt.size && keys.every((key) => shown[key] === picture[key])) return;
    const spoilt = [...this.#spoilt].flatMap((id) => picture.scene.nodes.get(id)?.layout.rect ?? []);
    const rects = changedRects(shown, picture)?.concat(spoilt);
    const changed = rects && boundsOf(rects);
    if (rects && !changed) return;
    const part = changed && this.#pixels(changed);
    const isLarge = !part || part.w * part.h > MOST_CHANGED * this.#canvas.width * this.#canvas.height;
    this.#paintPart(picture, theme, isLarge ? { x: 0, y: 0, w: this.#canvas.width, h: this.#canvas.height } : part);
  }

  /** The pixels of the kept picture that a part of the world may touch. @param {Rect} rect @returns {Rect} */
  #pixels(rect) {
    const { x, y, w, h } = grown(rect, beyond(this.#view));
    const scale = this.#view.scale * devicePixelRatio;
    const [left, right] = [x, x + w].map((at) => at * scale + this.#view.x * devicePixelRatio);
    const [top, bottom] = [y, y + h].map((at) => at * scale + this.#view.y * devicePixelRatio);
    const corner = { x: Math.max(0, Math.floor(left)), y: Math.max(0, Math.floor(top)) };
    return { ...corner, w: Math.max(0, Math.min(this.#canvas.width, Math.ceil(right)) - corner.x), h: Math.max(0, Math.min(this.#canvas.height, Math.ceil(bottom)) - corner.y) };
  }

  /** @param {Picture} picture @param {Theme} theme @param {Rect} part of the kept picture, in its pixels */
  #paintPart(picture, theme, { x, y, w, h }) {
    const canvas = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    const { x: left, y: top, scale } = this.#view;
    const pixel = scale * devicePixelRatio;
    canvas.save();
    canvas.setTransform(1, 0, 0, 1, 0, 0);
    canvas.beginPath();
    canvas.rect(x, y, w, h);
    canvas.clip();
    canvas.clearRect(x, y, w, h);
    const area = { x: x / pixel - left / scale, y: y / pixel - top / scale, w: w / pixel, h: h / pixel };
    paint(canvas, { ...picture, view: this.#view, screen: this.#screen, area }, theme);
    canvas.restore();
  }
}
