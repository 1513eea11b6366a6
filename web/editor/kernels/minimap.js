// The small map of a graph: how its world shrinks into the map, and which view a point of the map asks for.
import { toWorld } from "./geometry.js";
/** @import {Point, Rect, Viewport} from "./geometry.js" */

const PADDING = 8;

/**
 * The viewport in which a map of this size shows the bounds whole.
 * @param {Rect | null} bounds
 * @param {{w: number, h: number}} size pixels
 * @returns {Viewport}
 */
export function mapOf(bounds, size) {
  const { x, y, w, h } = bounds ?? { x: 0, y: 0, w: 1, h: 1 };
  const scale = Math.min((size.w - 2 * PADDING) / Math.max(w, 1), (size.h - 2 * PADDING) / Math.max(h, 1));
  return { scale, x: (size.w - w * scale) / 2 - x * scale, y: (size.h - h * scale) / 2 - y * scale };
}

/**
 * The view, at its scale, in whose middle a point of the map is; beyond the graph's edge it stops there.
 * @param {Point} point pixels of the map
 * @param {Rect | null} bounds of the graph
 * @param {Viewport} map
 * @param {Viewport} view
 * @param {{w: number, h: number}} screen
 * @returns {Viewport}
 */
export function viewAt(point, bounds, map, view, screen) {
  const wanted = toWorld(point, map);
  const { x, y, w, h } = bounds ?? { ...wanted, w: 0, h: 0 };
  const middle = { x: Math.max(x, Math.min(wanted.x, x + w)), y: Math.max(y, Math.min(wanted.y, y + h)) };
  return { ...view, x: screen.w / 2 - middle.x * view.scale, y: screen.h / 2 - middle.y * view.scale };
}

/** A world rectangle on the map. @param {Rect} rect @param {Viewport} map @returns {Rect} */
export function onMap(rect, map) {
  return { x: rect.x * map.scale + map.x, y: rect.y * map.scale + map.y, w: rect.w * map.scale, h: rect.h * map.scale };
}
