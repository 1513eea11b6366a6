// Drawing on a picture with mouse, pen or finger: strokes, lines, rectangles, outlines, filling, picking a colour.
import { coverArea, coverOutline, coverRectangle, coverStroke, emptyPlane, isBare, uncover } from "../kernels/coverage.js";
import { around } from "../kernels/paint_history.js";
/** @import {Plane} from "../kernels/coverage.js" */
/** @import {Point, Rect} from "../kernels/geometry.js" */
/** @import {PictureStage} from "../view/picture_stage.js" */

/** @typedef {"brush" | "eraser" | "line" | "rectangle" | "lasso" | "fill" | "picker"} Tool */

/**
 * @typedef {object} Brush
 * @property {Tool} tool
 * @property {number} size diameter in the picture's pixels
 * @property {number} hardness 0 to 1
 * @property {number} opacity 0 to 1
 */

/**
 * What is painted on.
 * @typedef {object} Canvas
 * @property {number} w
 * @property {number} h
 * @property {() => void} begin a stroke begins: what is there now is what it paints on
 * @property {(coverage: Plane, rect: Rect, isErasing: boolean) => void} show the stroke as far as it has come
 * @property {(rect: Rect) => void} end the stroke is over and has changed this much
 * @property {(index: number, startIndex: number) => boolean} isAlike whether filling goes on from one pixel to another
 * @property {(coverage: Plane, rect: Rect, startIndex: number, isErasing: boolean) => Rect} reach have a filled area go on under the soft edge around it
 * @property {(point: Point) => void} pick take the colour that is there
 */

/** @typedef {{event: PointerEvent, points: Point[], tip: {x: number, y: number, radius: number}, changed: Rect | null, isErasing: boolean}} Stroke */

const FULL_PRESSURE = 1;
const [LEFT, RIGHT, PEN_ERASER] = [0, 2, 5];
const PINCH_WITHIN_MS = 300;

/**
 * @param {PictureStage} surface
 * @param {Canvas} canvas
 * @param {() => Brush} brush
 */
export function attachPainting(surface, canvas, brush) {
  const coverage = emptyPlane(canvas.w, canvas.h);
  /** @type {Stroke | null} */
  let stroke = null;
  const root = surface.element;

  const extend = (/** @type {PointerEvent} */ event) => {
    if (!stroke) return;
    // A fast hand moves farther in a frame than one event tells.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const part of events.length ? events : [event]) extendStroke(surface, canvas, coverage, stroke, brush(), part);
  };
  const finish = () => {
    if (!stroke) return;
    const { changed } = stroke;
    stroke = null;
    if (!changed?.w || !changed.h || isBare(coverage, changed)) return;
    canvas.end(changed);
    uncover(coverage, changed);
  };
  // The first finger of a pinch has painted by the time that the second one comes.
  const takeBack = () => {
    if (!stroke) return;
    const { changed, isErasing } = stroke;
    stroke = null;
    if (!changed?.w || !changed.h) return;
    uncover(coverage, changed);
    canvas.show(coverage, changed, isErasing);
  };
  root.addEventListener("pointerdown", (event) => {
    if (surface.isPan(event)) return stroke && event.timeStamp - stroke.event.timeStamp < PINCH_WITHIN_MS ? takeBack() : finish();
    const erases = event.button === RIGHT || (event.pointerType === "pen" && event.button === PEN_ERASER);
    if (event.button !== LEFT && !erases) return;
    event.preventDefault();
    const { tool } = brush();
    if (tool === "picker" || event.altKey) return canvas.pick(surface.pointOf(event));
    root.setPointerCapture(event.pointerId);
    canvas.begin();
    stroke = { event, points: [], tip: tipOf(surface, brush(), event), changed: null, isErasing: tool === "eraser" || erases };
    if (tool === "fill") fill(surface, canvas, coverage, stroke, event);
    else extend(event);
  });
  root.addEventListener("pointermove", (event) => {
    if (stroke && event.pointerId === stroke.event.pointerId && brush().tool !== "fill") extend(event);
  });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) root.addEventListener(name, finish);
  root.addEventListener("contextmenu", (event) => event.preventDefault());
}

/** @param {PictureStage} surface @param {Canvas} canvas @param {Plane} coverage @param {Stroke} stroke @param {PointerEvent} event */
function fill(surface, canvas, coverage, stroke, event) {
  const point = surface.pointOf(event);
  stroke.changed = coverArea(coverage, point, canvas.isAlike);
  if (!stroke.changed.w) return;
  const start = Math.floor(point.y) * coverage.w + Math.floor(point.x);
  stroke.changed = canvas.reach(coverage, stroke.changed, start, stroke.isErasing);
  canvas.show(coverage, stroke.changed, stroke.isErasing);
}

/**
 * @param {PictureStage} surface
 * @param {Canvas} canvas
 * @param {Plane} coverage
 * @param {Stroke} stroke
 * @param {Brush} brush
 * @param {PointerEvent} event
 */
function extendStroke(surface, canvas, coverage, stroke, brush, event) {
  const tip = tipOf(surface, brush, event);
  stroke.points.push({ x: tip.x, y: tip.y });
  if (brush.tool === "brush" || brush.tool === "eraser") {
    const rect = coverStroke(coverage, stroke.tip, tip, brush.hardness);
    stroke.tip = tip;
    stroke.changed = around(stroke.changed, rect);
    canvas.show(coverage, rect, stroke.isErasing);
    return;
  }
  const before = stroke.changed;
  if (before) uncover(coverage, before);
  const rect = coverShape(coverage, stroke, brush, tip);
  // What the last shape covered is shown bare again.
  stroke.changed = around(before, rect);
  canvas.show(coverage, stroke.changed, stroke.isErasing);
}

/** @param {Plane} coverage @param {Stroke} stroke @param {Brush} brush @param {{x: number, y: number, radius: number}} tip @returns {Rect} */
function coverShape(coverage, stroke, brush, tip) {
  const [first] = stroke.points;
  if (brush.tool === "line") return coverStroke(coverage, { ...first, radius: tip.radius }, tip, brush.hardness);
  return brush.tool === "rectangle" ? coverRectangle(coverage, first, tip) : coverOutline(coverage, stroke.points);
}

/** A pen's pressure makes the tip larger or smaller. @param {PictureStage} surface @param {Brush} brush @param {PointerEvent} event */
function tipOf(surface, brush, event) {
  const pressure = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : FULL_PRESSURE;
  return { ...surface.pointOf(event), radius: Math.max((brush.size / 2) * pressure, 0.5) };
}
