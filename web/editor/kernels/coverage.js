// How far each pixel is covered by what is being drawn: strokes, lines, rectangles, outlines, filled areas.
/** @import {Point, Rect} from "./geometry.js" */

/** @typedef {{w: number, h: number, data: Uint8ClampedArray}} Plane one byte a pixel */
/** @typedef {{x: number, y: number, radius: number}} Tip where a brush is and how large */

/** @param {number} w @param {number} h @returns {Plane} */
export function emptyPlane(w, h) {
  return { w, h, data: new Uint8ClampedArray(w * h) };
}

/**
 * Cover what a round brush passes over on its way from one place to another; what is covered more already stays so.
 * @param {Plane} plane
 * @param {Tip} from
 * @param {Tip} to
 * @param {number} hardness 0 to 1: the share of the radius that is covered fully
 * @returns {Rect} what may have changed
 */
export function coverStroke(plane, from, to, hardness) {
  const reach = Math.max(from.radius, to.radius) + 1;
  const rect = cut(plane, Math.min(from.x, to.x) - reach, Math.min(from.y, to.y) - reach, Math.max(from.x, to.x) + reach, Math.max(from.y, to.y) + reach);
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  for (let y = rect.y; y < rect.y + rect.h; y += 1) {
    for (let x = rect.x; x < rect.x + rect.w; x += 1) {
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = length ? Math.min(Math.max((px * dx + py * dy) / length, 0), 1) : 0;
      const radius = from.radius + (to.radius - from.radius) * along;
      const distance = Math.hypot(px - dx * along, py - dy * along);
      const soft = Math.max(radius * (1 - hardness), 1);
      const covered = 255 * Math.min(Math.max((radius + 0.5 - distance) / soft, 0), 1);
      const index = y * plane.w + x;
      if (covered > plane.data[index]) plane.data[index] = covered;
    }
  }
  return rect;
}

/** Cover a rectangle between two corners. @param {Plane} plane @param {Point} a @param {Point} b @returns {Rect} */
export function coverRectangle(plane, a, b) {
  const rect = cut(plane, Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y));
  for (let y = rect.y; y < rect.y + rect.h; y += 1) plane.data.fill(255, y * plane.w + rect.x, y * plane.w + rect.x + rect.w);
  return rect;
}

/**
 * Cover the inside of an outline, by the even-odd rule, where the middle of a pixel lies inside.
 * @param {Plane} plane
 * @param {Point[]} outline
 * @returns {Rect}
 */
export function coverOutline(plane, outline) {
  const xs = outline.map((point) => point.x);
  const ys = outline.map((point) => point.y);
  const rect = cut(plane, Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1);
  for (let y = rect.y; y < rect.y + rect.h; y += 1) {
    const crossings = crossingsAt(outline, y + 0.5);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const start = Math.max(Math.ceil(crossings[pair] - 0.5), 0);
      const end = Math.min(Math.ceil(crossings[pair + 1] - 0.5), plane.w);
      if (end > start) plane.data.fill(255, y * plane.w + start, y * plane.w + end);
    }
  }
  return rect;
}

/**
 * Cover the connected area around a pixel that is alike; neighbours are above, below, left and right.
 * @param {Plane} plane
 * @param {Point} start
 * @param {(index: number, startIndex: number) => boolean} isAlike told pixel numbers
 * @returns {Rect} empty where the start lies outside
 */
export function coverArea(plane, start, isAlike) {
  const { w, h, data } = plane;
  const [sx, sy] = [Math.floor(start.x), Math.floor(start.y)];
  if (sx < 0 || sy < 0 || sx >= w || sy >= h) return { x: 0, y: 0, w: 0, h: 0 };
  const first = sy * w + sx;
  const waiting = [first];
  let [left, top, right, bottom] = [sx, sy, sx, sy];
  while (waiting.length) {
    const at = /** @type {number} */ (waiting.pop());
    if (data[at] || !isAlike(at, first)) continue;
    const row = at - (at % w);
    let [from, to] = [at, at];
    while (from > row && !data[from - 1] && isAlike(from - 1, first)) from -= 1;
    while (to + 1 < row + w && !data[to + 1] && isAlike(to + 1, first)) to += 1;
    data.fill(255, from, to + 1);
    const y = row / w;
    [left, right, top, bottom] = [Math.min(left, from - row), Math.max(right, to - row), Math.min(top, y), Math.max(bottom, y)];
    for (const next of [row - w, row + w]) {
      if (next < 0 || next >= w * h) continue;
      for (let index = next + from - row; index <= next + to - row; index += 1) {
        const isStart = index === next + from - row || data[index - 1] || !isAlike(index - 1, first);
        if (isStart && !data[index] && isAlike(index, first)) waiting.push(index);
      }
    }
  }
  return { x: left, y: top, w: right - left + 1, h: bottom - top + 1 };
}

/** Take the cover off a rectangle. @param {Plane} plane @param {Rect} rect */
export function uncover(plane, rect) {
  for (let y = rect.y; y < rect.y + rect.h; y += 1) plane.data.fill(0, y * plane.w + rect.x, y * plane.w + rect.x + rect.w);
}

/** Whether nothing within a rectangle is covered. @param {Plane} plane @param {Rect} rect */
export function isBare(plane, rect) {
  for (let y = rect.y; y < rect.y + rect.h; y += 1) {
    const start = y * plane.w + rect.x;
    if (plane.data.subarray(start, start + rect.w).some((value) => value > 0)) return false;
  }
  return true;
}

/** The whole pixels between edges, inside the plane. @param {{w: number, h: number}} plane @param {number} left @param {number} top @param {number} right @param {number} bottom @returns {Rect} */
function cut(plane, left, top, right, bottom) {
  const [x, y] = [Math.max(Math.floor(left), 0), Math.max(Math.floor(top), 0)];
  return { x, y, w: Math.max(Math.min(Math.ceil(right), plane.w) - x, 0), h: Math.max(Math.min(Math.ceil(bottom), plane.h) - y, 0) };
}

/** Where a line across crosses an outline, from left to right. @param {Point[]} outline @param {number} y */
function crossingsAt(outline, y) {
  const found = [];
  for (let index = 0; index < outline.length; index += 1) {
    const [a, b] = [outline[index], outline[(index + 1) % outline.length]];
    if (a.y <= y !== b.y <= y) found.push(a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y));
  }
  return found.sort((one, other) => one - other);
}
