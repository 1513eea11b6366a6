// How a filled area reaches under the soft edge of what bounds it, so that no thin line stays between the two.
/** @import {Plane} from "./coverage.js" */
/** @import {Rect} from "./geometry.js" */

// A wide soft edge has pixels in a row that are alike; within an even area so few are reached that nobody sees it.
const MOST_ALIKE = 2;
const FULL = 255;

/**
 * Cover also the pixels next to a covered area whose values come nearer and nearer to a target, as far as where they
 * have it or turn away from it again; neighbours are above, below, left and right.
 * @param {Plane} plane where the area is covered already
 * @param {Rect} rect around the area
 * @param {(index: number) => number} valueAt of a pixel by its number, 0 to 255, before it was filled
 * @param {number} target
 * @returns {Rect} around the area as it is then
 */
export function reachUnder(plane, rect, valueAt, target) {
  const { w, h, data } = plane;
  const distance = (/** @type {number} */ index) => Math.abs(target - valueAt(index));
  let edge = rim(plane, rect).map((index) => ({ index, alike: 0 }));
  let [left, top, right, bottom] = [rect.x, rect.y, rect.x + rect.w - 1, rect.y + rect.h - 1];
  while (edge.length) {
    const next = [];
    for (const { index, alike } of edge) {
      for (const other of neighbours(index, w, h)) {
        const far = distance(other);
        const nearer = distance(index) - far;
        if (data[other] || far === 0 || nearer < 0 || (nearer === 0 && alike === MOST_ALIKE)) continue;
        data[other] = FULL;
        next.push({ index: other, alike: nearer ? 0 : alike + 1 });
        const [x, y] = [other % w, Math.floor(other / w)];
        [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
      }
    }
    edge = next;
  }
  return { x: left, y: top, w: right - left + 1, h: bottom - top + 1 };
}

/** The numbers of the covered pixels that are not covered all around. @param {Plane} plane @param {Rect} rect */
function rim({ w, data }, rect) {
  const found = [];
  for (let y = rect.y; y < rect.y + rect.h; y += 1) {
    for (let index = y * w + rect.x; index < y * w + rect.x + rect.w; index += 1) {
      if (data[index] && !(data[index - 1] && data[index + 1] && data[index - w] && data[index + w])) found.push(index);
    }
  }
  return found;
}

/** @param {number} index @param {number} w @param {number} h */
function neighbours(index, w, h) {
  const x = index % w;
  const found = [];
  if (x > 0) found.push(index - 1);
  if (x + 1 < w) found.push(index + 1);
  if (index >= w) found.push(index - w);
  if (index < w * (h - 1)) found.push(index + w);
  return found;
}
