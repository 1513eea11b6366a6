// Undo and redo of painting: what each step can take back and do again, bounded by the memory that it holds.
/** @import {Rect} from "./geometry.js" */

/** @typedef {{undo: () => void, redo: () => void, bytes: number}} PaintStep */

const MOST_BYTES = 384 * 2 ** 20;

/** The oldest steps are forgotten first. */
export class PaintHistory {
  /** @type {PaintStep[]} */
  #done = [];
  /** @type {PaintStep[]} */
  #undone = [];

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** @param {PaintStep} step one that is done already */
  push(step) {
    this.#undone = [];
    this.#done.push(step);
    let held = this.#done.reduce((sum, { bytes }) => sum + bytes, 0);
    while (held > MOST_BYTES && this.#done.length > 1) held -= /** @type {PaintStep} */ (this.#done.shift()).bytes;
  }

  undo() {
    const step = this.#done.pop();
    if (!step) return;
    step.undo();
    this.#undone.push(step);
  }

  redo() {
    const step = this.#undone.pop();
    if (!step) return;
    step.redo();
    this.#done.push(step);
  }
}

/**
 * A copy of a rectangle of pixels.
 * @param {Uint8ClampedArray} data
 * @param {number} w pixels in a row
 * @param {number} channels bytes a pixel
 * @param {Rect} rect
 */
export function copyRect(data, w, channels, rect) {
  const copy = new Uint8ClampedArray(rect.w * rect.h * channels);
  for (let y = 0; y < rect.h; y += 1) {
    const start = ((rect.y + y) * w + rect.x) * channels;
    copy.set(data.subarray(start, start + rect.w * channels), y * rect.w * channels);
  }
  return copy;
}

/** Put a copied rectangle back. @param {Uint8ClampedArray} data @param {number} w @param {number} channels @param {Rect} rect @param {Uint8ClampedArray} copy */
export function pasteRect(data, w, channels, rect, copy) {
  for (let y = 0; y < rect.h; y += 1) {
    data.set(copy.subarray(y * rect.w * channels, (y + 1) * rect.w * channels), ((rect.y + y) * w + rect.x) * channels);
  }
}

/** The smallest rectangle around two, of which either may be empty. @param {Rect | null} a @param {Rect} b @returns {Rect} */
export function around(a, b) {
  if (!a || !a.w || !a.h) return b;
  if (!b.w || !b.h) return a;
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, w: Math.max(a.x + a.w, b.x + b.w) - x, h: Math.max(a.y + a.h, b.y + b.h) - y };
}
