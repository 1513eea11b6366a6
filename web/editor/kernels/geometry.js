// Rectangles and the viewport: between the workflow's coordinates (world) and the page's pixels (screen).

/** @typedef {{x: number, y: number}} Point */
/** @typedef {{x: number, y: number, w: number, h: number}} Rect */
/** @typedef {{x: number, y: number, scale: number}} Viewport screen = world * scale + (x, y) */

export const MIN_SCALE = 0.05;
export const MAX_SCALE = 4;
const BETWEEN = 20;
const PER_PIXEL = 0.0012;
const PER_PINCH_PIXEL = 0.01;
const PIXELS_PER_LINE = 18;
const MOST_PIXELS = 240;
// A pinch of a trackpad arrives as a wheel with Ctrl, in small steps; a notch of a real wheel is a hundred pixels or so.
const MOST_OF_PINCH = 40;

/** @param {Point} point @param {Viewport} view @returns {Point} */
export function toWorld(point, view) {
  return { x: (point.x - view.x) / view.scale, y: (point.y - view.y) / view.scale };
}

/** @param {Point} point @param {Viewport} view @returns {Point} */
export function toScreen(point, view) {
  return { x: point.x * view.scale + view.x, y: point.y * view.scale + view.y };
}

/**
 * Zoom by a factor so that the world point under the pointer stays where it is.
 * @param {Viewport} view
 * @param {Point} pointer in screen pixels
 * @param {number} factor
 * @returns {Viewport}
 */
export function zoomAt(view, pointer, factor) {
  const scale = clamp(view.scale * factor, MIN_SCALE, MAX_SCALE);
  const ratio = scale / view.scale;
  return { scale, x: pointer.x - (pointer.x - view.x) * ratio, y: pointer.y - (pointer.y - view.y) * ratio };
}

/**
 * The view after two fingers have moved: what was under each of them still is, as far as that can be without turning.
 * @param {Viewport} view as it was when the fingers were put down
 * @param {readonly Point[]} from where they were, in screen pixels
 * @param {readonly Point[]} to where they are
 * @returns {Viewport}
 */
export function pinch(view, from, to) {
  const apart = (/** @type {readonly Point[]} */ [a, b]) => Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1);
  const between = (/** @type {readonly Point[]} */ [a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const [before, after] = [between(from), between(to)];
  const zoomed = zoomAt(view, before, apart(to) / apart(from));
  return { ...zoomed, x: zoomed.x + after.x - before.x, y: zoomed.y + after.y - before.y };
}

/**
 * The viewport that shows a world rectangle whole, at most at its natural size where nothing else is said.
 * @param {Rect | null} bounds
 * @param {{w: number, h: number}} screen
 * @param {{top: number, right: number, bottom: number, left: number}} margin screen pixels kept free
 * @param {number} [most] the greatest scale
 * @returns {Viewport}
 */
export function fitView(bounds, screen, margin, most = 1) {
  const w = Math.max(screen.w - margin.left - margin.right, 50);
  const h = Math.max(screen.h - margin.top - margin.bottom, 50);
  if (!bounds) return { x: margin.left + w / 2, y: margin.top + h / 2, scale: 1 };
  const scale = clamp(Math.min(w / bounds.w, h / bounds.h), MIN_SCALE, most);
  return {
    scale,
    x: margin.left + (w - bounds.w * scale) / 2 - bounds.x * scale,
    y: margin.top + (h - bounds.h * scale) / 2 - bounds.y * scale,
  };
}

/**
 * The world rectangle that a screen of this size shows.
 * @param {Viewport} view
 * @param {{w: number, h: number}} screen
 * @param {number} [marginPixels]
 * @returns {Rect}
 */
export function visibleWorld(view, screen, marginPixels = 0) {
  const corner = toWorld({ x: -marginPixels, y: -marginPixels }, view);
  return {
    ...corner,
    w: (screen.w + 2 * marginPixels) / view.scale,
    h: (screen.h + 2 * marginPixels) / view.scale,
  };
}

/** @param {Rect} a @param {Rect} b */
export function overlaps(a, b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** @param {Rect} rect @param {Point} point */
export function contains(rect, point) {
  return point.x >= rect.x && point.x <= rect.x + rect.w && point.y >= rect.y && point.y <= rect.y + rect.h;
}

/**
 * The smallest rectangle around all the given ones.
 * @param {Iterable<Rect>} rects
 * @returns {Rect | null}
 */
export function boundsOf(rects) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const rect of rects) {
    left = Math.min(left, rect.x);
    top = Math.min(top, rect.y);
    right = Math.max(right, rect.x + rect.w);
    bottom = Math.max(bottom, rect.y + rect.h);
  }
  return left === Infinity ? null : { x: left, y: top, w: right - left, h: bottom - top };
}

/** A rectangle made larger on every side. @param {Rect} rect @param {number} by @returns {Rect} */
export function grown({ x, y, w, h }, by) {
  return { x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by };
}

/** @param {Point} a @param {Point} b @returns {Rect} */
export function rectBetween(a, b) {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) };
}

/** @param {number} value @param {number} low @param {number} high */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/**
 * The height at which a box of this size lies on none of the others, from its own on downward.
 * @param {readonly Rect[]} others
 * @param {Rect} box
 */
export function freeBelow(others, box) {
  const beside = others.filter((other) => other.x < box.x + box.w && other.x + other.w > box.x).sort((a, b) => a.y - b.y);
  let { y } = box;
  for (const other of beside) if (other.y < y + box.h + BETWEEN && other.y + other.h > y - BETWEEN) y = other.y + other.h + BETWEEN;
  return y;
}

/**
 * How far a turn of the wheel goes, in pixels; wheels of some browsers tell lines.
 * @param {{deltaX: number, deltaY: number, deltaMode: number}} turn
 */
export function wheelPixels({ deltaX, deltaY, deltaMode }) {
  const unit = deltaMode === 1 ? PIXELS_PER_LINE : 1;
  return { x: deltaX * unit, y: deltaY * unit };
}

/** By how much a turn of the wheel, or a pinch on a trackpad, enlarges. @param {{deltaX: number, deltaY: number, deltaMode: number, ctrlKey: boolean}} turn */
export function wheelZoom(turn) {
  const pixels = Math.max(-MOST_PIXELS, Math.min(MOST_PIXELS, wheelPixels(turn).y));
  const isPinch = turn.ctrlKey && Math.abs(pixels) <= MOST_OF_PINCH;
  return Math.exp(-pixels * (isPinch ? PER_PINCH_PIXEL : PER_PIXEL));
}
