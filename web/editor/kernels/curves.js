// The curve of a link: through its bends, in one of three shapes; its bounds, and how far a point is from it.
import { boundsOf } from "./geometry.js";
/** @import {Point, Rect} from "./geometry.js" */

/** @typedef {"spline" | "straight" | "square"} LinkShape */

/**
 * How a link runs. A plain spline is one cubic whose handles lie `reach` right of from and left of to; else it is made of
 * straight lines, or of one such cubic between each two bends.
 * @typedef {{from: Point, to: Point, reach: number, via: readonly Point[], shape: LinkShape, lines: Point[] | null, pieces: Curve[] | null}} Curve
 */

/** @type {readonly Point[]} */
const NO_BENDS = [];

/**
 * The curve between an output and an input.
 * @param {Point} from
 * @param {Point} to
 * @param {LinkShape} [shape]
 * @param {readonly Point[]} [via] bends, from the output to the input
 * @returns {Curve}
 */
export function linkCurve(from, to, shape = "spline", via = NO_BENDS) {
  const lines = shape === "spline" ? null : cornersOf([from, ...via, to], shape);
  const pieces = !lines && via.length ? piecesOf([from, ...via, to]) : null;
  return { from, to, reach: reachOf(from, to), via, shape, lines, pieces };
}

/** @param {Curve} curve @returns {Rect} */
export function curveBounds({ from, to, reach, lines, pieces }) {
  if (pieces) return /** @type {Rect} */ (boundsOf(pieces.map(curveBounds)));
  if (lines) return /** @type {Rect} */ (boundsOf(lines.map(({ x, y }) => ({ x: x - 1, y: y - 1, w: 2, h: 2 }))));
  const left = Math.min(from.x, to.x - reach);
  const right = Math.max(from.x + reach, to.x);
  const top = Math.min(from.y, to.y);
  return { x: left, y: top - 1, w: right - left, h: Math.abs(from.y - to.y) + 2 };
}

/** @param {Pick<Curve, "from" | "to" | "reach">} curve @param {number} t 0 to 1 @returns {Point} */
export function curvePoint({ from, to, reach }, t) {
  const u = 1 - t;
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return {
    x: a * from.x + b * (from.x + reach) + c * (to.x - reach) + d * to.x,
    y: (a + b) * from.y + (c + d) * to.y,
  };
}

/**
 * The distance of a point from the curve; a cubic is taken as 24 straight pieces.
 * @param {Curve} curve
 * @param {Point} point
 * @returns {number}
 */
export function curveDistance(curve, point) {
  if (curve.pieces) return Math.min(...curve.pieces.map((piece) => curveDistance(piece, point)));
  const points = curve.lines ?? Array.from({ length: 25 }, (_none, step) => curvePoint(curve, step / 24));
  return Math.min(...points.slice(1).map((next, index) => segmentDistance(points[index], next, point)));
}

/** Between which bends of a curve a point lies: the number of bends before it. @param {Curve} curve @param {Point} point */
export function bendsBefore({ from, to, via }, point) {
  const points = [from, ...via, to];
  const distances = points.slice(1).map((next, index) => curveDistance(linkCurve(points[index], next), point));
  return distances.indexOf(Math.min(...distances));
}

/**
 * Draw the curve into a path of a canvas.
 * @param {{moveTo: (x: number, y: number) => void, lineTo: (x: number, y: number) => void, bezierCurveTo: (...numbers: [number, number, number, number, number, number]) => void}} path
 * @param {Curve} curve
 */
export function drawCurve(path, { from, to, reach, lines, pieces }) {
  if (pieces) {
    for (const piece of pieces) drawCurve(path, piece);
    return;
  }
  path.moveTo(from.x, from.y);
  if (lines) for (const { x, y } of lines.slice(1)) path.lineTo(x, y);
  else path.bezierCurveTo(from.x + reach, from.y, to.x - reach, to.y, to.x, to.y);
}

/** @param {Curve} curve @returns {string} an SVG path */
export function curvePath(curve) {
  let text = "";
  drawCurve(
    {
      moveTo: (x, y) => (text += `M${x} ${y}`),
      lineTo: (x, y) => (text += `L${x} ${y}`),
      bezierCurveTo: (a, b, c, d, x, y) => (text += `C${a} ${b} ${c} ${d} ${x} ${y}`),
    },
    curve,
  );
  return text;
}

/** @param {Point} from @param {Point} to */
function reachOf(from, to) {
  const dx = to.x - from.x;
  const distance = Math.hypot(dx, to.y - from.y);
  return dx > 0 ? Math.min(distance * 0.42, 40 + dx * 0.45) : Math.min(40 + distance * 0.3, 220);
}

/** @param {Point[]} points @returns {Curve[]} */
function piecesOf(points) {
  return points.slice(1).map((to, index) => ({ ...linkCurve(points[index], to), reach: Math.min(reachOf(points[index], to), 60) }));
}

/** @param {Point[]} points @param {LinkShape} shape @returns {Point[]} */
function cornersOf(points, shape) {
  if (shape === "straight") return points;
  return points.flatMap((point, index) => {
    const next = points[index + 1];
    if (!next || point.y === next.y) return [point];
    const x = (point.x + next.x) / 2;
    return [point, { x, y: point.y }, { x, y: next.y }];
  });
}

/** @param {Point} a @param {Point} b @param {Point} point */
function segmentDistance(a, b, point) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const t = length ? Math.max(0, Math.min(1, ((point.x - a.x) * dx + (point.y - a.y) * dy) / length)) : 0;
  return Math.hypot(point.x - a.x - t * dx, point.y - a.y - t * dy);
}
