// Changes of a mask as a whole: painting covered pixels, inverting, growing, feathering, and its way to and from alpha.
/** @import {Rect} from "./geometry.js" */
/** @import {Plane} from "./coverage.js" */

const BLURS = 3;

/**
 * Bring covered pixels nearer to a value.
 * @param {Plane} mask
 * @param {Uint8ClampedArray} before the mask's values before the stroke began
 * @param {Plane} coverage
 * @param {Rect} rect
 * @param {number} target 255 to mask, 0 to erase
 * @param {number} opacity 0 to 1
 */
export function paintMask(mask, before, coverage, rect, target, opacity) {
  for (let y = rect.y; y < rect.y + rect.h; y += 1) {
    for (let index = y * mask.w + rect.x; index < y * mask.w + rect.x + rect.w; index += 1) {
      mask.data[index] = before[index] + ((target - before[index]) * coverage.data[index] * opacity) / 255;
    }
  }
}

/** @param {Uint8ClampedArray} values */
export function inverted(values) {
  return values.map((value) => 255 - value);
}

/**
 * Spread a mask by so many pixels, or shrink it by a negative number; corners are rounded to an octagon.
 * An octagon is a square spread by a diamond, and both are made of runs along lines, of which each costs about the
 * logarithm of its length: so 64 pixels take little longer than one (van Herk 1992; Soille, Breen and Jones 1996).
 * @param {Plane} mask
 * @param {number} pixels
 * @returns {Uint8ClampedArray}
 */
export function grown({ w, h, data }, pixels) {
  if (pixels < 0) return inverted(grown({ w, h, data: inverted(data) }, -pixels));
  const square = Math.floor(pixels / 2);
  const diamond = pixels - square;
  const diagonal = Math.max(Math.floor((diamond - 1) / 2), 0);
  // So much room on all sides that no run from a pixel leaves its row.
  const [width, height] = [w + 2 * pixels, h + 2 * pixels];
  let values = new Uint8ClampedArray(width * height);
  for (let y = 0; y < h; y += 1) values.set(data.subarray(y * w, (y + 1) * w), (y + pixels) * width + pixels);
  // Two diagonals cover every other pixel of a diamond; its neighbours fill it.
  for (let step = 2 * diagonal; step < diamond; step += 1) values = withNeighbours(values, width);
  for (const [reach, offset] of [[square, 1], [square, width], [diagonal, width + 1], [diagonal, width - 1]]) spread(values, 2 * reach, offset);
  const shift = square * (width + 1) + diagonal * 2 * width;
  const result = new Uint8ClampedArray(data.length);
  for (let y = 0; y < h; y += 1) {
    const start = (y + pixels) * width + pixels - shift;
    result.set(values.subarray(start, start + w), y * w);
  }
  return result;
}

/**
 * Soften a mask's edges: three box blurs, which together are close to a Gaussian.
 * @param {Plane} mask
 * @param {number} radius pixels
 * @returns {Uint8ClampedArray}
 */
export function feathered({ w, h, data }, radius) {
  let values = data;
  for (let pass = 0; radius > 0 && pass < BLURS; pass += 1) {
    values = blurredRows(values, w, h, radius, 1, w);
    values = blurredRows(values, h, w, radius, w, 1);
  }
  return values;
}

/**
 * The pixels that carry a mask as alpha: transparent where it is to be changed. The colours are left black.
 * @param {Plane} mask
 * @returns {Uint8ClampedArray} four bytes a pixel
 */
export function maskToAlpha({ data }) {
  const pixels = new Uint8ClampedArray(data.length * 4);
  for (let index = 0; index < data.length; index += 1) pixels[4 * index + 3] = 255 - data[index];
  return pixels;
}

/** The mask that pixels carry as alpha. @param {Uint8ClampedArray} pixels four bytes a pixel */
export function alphaToMask(pixels) {
  const values = new Uint8ClampedArray(pixels.length / 4);
  for (let index = 0; index < values.length; index += 1) values[index] = 255 - pixels[4 * index + 3];
  return values;
}

/** Each value becomes the greatest of itself and the next `count` ones, `offset` apart. @param {Uint8ClampedArray} values @param {number} count @param {number} offset */
function spread(values, count, offset) {
  for (let reached = 0; reached < count; ) {
    const step = Math.min(reached + 1, count - reached);
    for (let at = 0, other = step * offset; other < values.length; at += 1, other += 1) if (values[other] > values[at]) values[at] = values[other];
    reached += step;
  }
}

/** Each value becomes the greatest of itself and its four neighbours. @param {Uint8ClampedArray} values @param {number} width */
function withNeighbours(values, width) {
  const next = values.slice();
  for (const offset of [1, width]) {
    for (let at = 0, other = offset; other < values.length; at += 1, other += 1) {
      if (values[other] > next[at]) next[at] = values[other];
      if (values[at] > next[other]) next[other] = values[at];
    }
  }
  return next;
}

/**
 * Blur along lines of `length` pixels, of which there are `count`; the edge's value goes on outside.
 * @param {Uint8ClampedArray} values
 * @param {number} length
 * @param {number} count
 * @param {number} radius
 * @param {number} step between the pixels of a line
 * @param {number} stride between lines
 */
function blurredRows(values, length, count, radius, step, stride) {
  const next = new Uint8ClampedArray(values.length);
  const width = 2 * radius + 1;
  for (let line = 0; line < count; line += 1) {
    const start = line * stride;
    const at = (/** @type {number} */ index) => values[start + step * Math.min(Math.max(index, 0), length - 1)];
    let sum = 0;
    for (let index = -radius; index <= radius; index += 1) sum += at(index);
    for (let index = 0; index < length; index += 1) {
      next[start + step * index] = sum / width;
      sum += at(index + radius + 1) - at(index - radius);
    }
  }
  return next;
}
