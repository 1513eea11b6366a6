// Where the pictures of a card lie in the area for them.
/** @import {Rect} from "./geometry.js" */

const GAP = 4;

/** As many equal places as there are pictures, in rows of a square. @param {Rect} area @param {number} count @returns {Rect[]} */
export function tiles({ x, y, w, h }, count) {
  const columns = columnsOf(count);
  const rows = Math.ceil(count / columns);
  const [width, height] = [(w - GAP * (columns - 1)) / columns, (h - GAP * (rows - 1)) / rows];
  return Array.from({ length: count }, (_none, index) => ({
    x: x + (index % columns) * (width + GAP),
    y: y + Math.floor(index / columns) * (height + GAP),
    w: width,
    h: height,
  }));
}

/** @param {number} count pictures */
export function columnsOf(count) {
  return Math.ceil(Math.sqrt(count)) || 1;
}

/** A picture as large as it fits into a place, in its middle. @param {{width: number, height: number}} picture @param {Rect} place @returns {Rect} */
export function fitted({ width, height }, { x, y, w, h }) {
  const scale = Math.min(w / width, h / height);
  return { x: x + (w - width * scale) / 2, y: y + (h - height * scale) / 2, w: width * scale, h: height * scale };
}
