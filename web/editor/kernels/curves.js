// The curve of a link: its control points, its bounds, and how far a point is from it.
/** @import {Point, Rect} from "./geometry.js" */

/** @typedef {{from: Point, to: Point, reach: number}} Curve a cubic whose handles lie `reach` right of from, left of to */

/**
 * The curve between an output and an input.
 * @param {Point} from
 * @param {Point} to
 * @returns {Curve}
 */
export function linkCurve(from, to) {
  const dx = to.x - from.x;
  const distance = Math.hypot(dx, to.y - from.y);
  const reach = dx > 0 ? Math.min(distance * 0.42, 40 + dx * 0.45) : Math.min(40 + distance * 0.3, 220);
  return { from, to, reach };
}

/** @param {Curve} curve @returns {Rect} */
export function curveBounds({ from, to, reach }) {
  const left = Math.min(from.x, to.x - reach);
  const right = Math.max(from.x + reach, to.x);
  const top = Math.min(from.y, to.y);
  return { x: left, y: top - 1, w: right - left, h: Math.abs(from.y - to.y) + 2 };
}

/** @param {Curve} curve @param {number} t 0 to 1 @returns {Point} */
export function curvePoint({ from, to, reach }, t) {
  const u = 1 - t;
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return {
    x: a * from.x + b * (from.x + reach) + c * (to.x - reach) + d * to.x,
    y: (a + b) * from.y + (c + d) * to.y,
  };
}

/**
 * The distance of a point from the curve, over 24 straight pieces.
 * @param {Curve} curve
 * @param {Point} point
 */
export function curveDistance(curve, point) {
  let least = Infinity;
  let previous = curve.from;
  for (let step = 1; step <= 24; step += 1) {
    const next = curvePoint(curve, step / 24);
    least = Math.min(least, segmentDistance(previous, next, point));
    previous = next;
  }
  return least;
}

/** @param {Curve} curve @returns {string} an SVG path */
export function curvePath({ from, to, reach }) {
  return `M${from.x} ${from.y}C${from.x + reach} ${from.y} ${to.x - reach} ${to.y} ${to.x} ${to.y}`;
}

/** @param {Point} a @param {Point} b @param {Point} point */
function segmentDistance(a, b, point) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const t = length ? Math.max(0, Math.min(1, ((point.x - a.x) * dx + (point.y - a.y) * dy) / length)) : 0;
  return Math.hypot(point.x - a.x - t * dx, point.y - a.y - t * dy);
}
