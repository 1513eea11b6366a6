// How a picture lies on the screen while it is looked at or painted on.
import { clamp } from "./geometry.js";
/** @import {Point, Viewport} from "./geometry.js" */

const LEAST = 0.02;
const MOST = 64;
const MOST_FITTED = 8;

/**
 * The view that shows a picture whole; a small one is enlarged.
 * @param {{w: number, h: number}} picture pixels
 * @param {{w: number, h: number}} screen
 * @param {number} margin screen pixels kept free on every side
 * @returns {Viewport}
 */
export function fitPicture(picture, screen, margin) {
  const [w, h] = [Math.max(screen.w - 2 * margin, 20), Math.max(screen.h - 2 * margin, 20)];
  const scale = clamp(Math.min(w / picture.w, h / picture.h), LEAST, MOST_FITTED);
  return { scale, x: (screen.w - picture.w * scale) / 2, y: (screen.h - picture.h * scale) / 2 };
}

/**
 * Zoom by a factor so that the picture's point under the pointer stays where it is.
 * @param {Viewport} view
 * @param {Point} pointer in screen pixels
 * @param {number} factor
 * @returns {Viewport}
 */
export function zoomPicture(view, pointer, factor) {
  const scale = clamp(view.scale * factor, LEAST, MOST);
  const ratio = scale / view.scale;
  return { scale, x: pointer.x - (pointer.x - view.x) * ratio, y: pointer.y - (pointer.y - view.y) * ratio };
}

/**
 * The view after two fingers have moved: what was under each stays under it as well as turning is not possible.
 * @param {Viewport} view
 * @param {[Point, Point]} before
 * @param {[Point, Point]} after
 * @returns {Viewport}
 */
export function pinchPicture(view, before, after) {
  const middle = ([a, b] = before) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const span = ([a, b] = before) => Math.hypot(a.x - b.x, a.y - b.y);
  const [from, to] = [middle(before), middle(after)];
  const zoomed = zoomPicture(view, from, span(after) / Math.max(span(before), 1));
  return { ...zoomed, x: zoomed.x + to.x - from.x, y: zoomed.y + to.y - from.y };
}
