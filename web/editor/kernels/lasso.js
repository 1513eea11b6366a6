// Whether things lie in a freely drawn loop.
/** @import {Point, Rect} from "./geometry.js" */

/**
 * Whether a point lies inside a closed line: a ray from it crosses the line an odd number of times.
 * @param {readonly Point[]} loop the last point joins the first
 * @param {Point} point
 */
export function isInside(loop, { x, y }) {
  let crossings = 0;
  loop.forEach((to, index) => {
    const from = loop[(index || loop.length) - 1];
    if (from.y > y === to.y > y) return;
    if (x < from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)) crossings += 1;
  });
  return crossings % 2 === 1;
}

/** Whether the middle of a rectangle lies inside a closed line. @param {readonly Point[]} loop @param {Rect} rect */
export function takes(loop, { x, y, w, h }) {
  return isInside(loop, { x: x + w / 2, y: y + h / 2 });
}
