// Which rows of a long list are on the screen, and which pages of it have to be asked for.

/** @typedef {{first: number, last: number}} RowRange rows from `first` up to, but without, `last` */

/**
 * The rows to put on the page: those in view and some around them.
 * @param {{scrolled: number, height: number, rowHeight: number, total: number, around: number}} list lengths in pixels
 * @returns {RowRange}
 */
export function rowsInView({ scrolled, height, rowHeight, total, around }) {
  const first = Math.floor(scrolled / rowHeight) - around;
  const last = Math.ceil((scrolled + height) / rowHeight) + around;
  return { first: Math.min(Math.max(first, 0), total), last: Math.max(0, Math.min(last, total)) };
}

/**
 * The pages on which rows lie.
 * @param {RowRange} rows
 * @param {number} pageSize
 * @returns {number[]}
 */
export function pagesOf({ first, last }, pageSize) {
  if (last <= first) return [];
  const from = Math.floor(first / pageSize);
  return Array.from({ length: Math.floor((last - 1) / pageSize) - from + 1 }, (_none, index) => from + index);
}

/**
 * Where a dragged row goes: before or after the row under the pointer, null where it would stay.
 * @param {number} from the dragged row
 * @param {number} over the row under the pointer
 * @param {boolean} isLowerHalf
 * @returns {{side: "before" | "after", row: number} | null}
 */
export function dropPlace(from, over, isLowerHalf) {
  const gap = isLowerHalf ? over + 1 : over;
  if (gap === from || gap === from + 1) return null;
  return { side: isLowerHalf ? "after" : "before", row: over };
}
