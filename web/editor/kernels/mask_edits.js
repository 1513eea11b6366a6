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
 * @param {Plane} mask
 * @param {number} pixels
 * @returns {Uint8ClampedArray}
 */
export function grown({ w, h, data }, pixels) {
  if (pixels < 0) return inverted(grown({ w, h, data: inverted(data) }, -pixels));
  let values = data;
  for (let step = 0; step < pixels; step += 1) values = grownByOne(values, w, h, step % 2 === 1);
  return values;
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

/** @param {Uint8ClampedArray} values @param {number} w @param {number} h @param {boolean} withCorners */
function grownByOne(values, w, h, withCorners) {
  const next = new Uint8ClampedArray(values.length);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      const at = y * w + x;
      let most = values[at];
      for (let dy = y ? -1 : 0; dy <= (y + 1 < h ? 1 : 0); dy += 1) {
        for (let dx = x ? -1 : 0; dx <= (x + 1 < w ? 1 : 0); dx += 1) {
          if ((withCorners || !dx || !dy) && values[at + dy * w + dx] > most) most = values[at + dy * w + dx];
        }
      }
      next[at] = most;
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
