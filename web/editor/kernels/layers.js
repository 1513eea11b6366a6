// Layers of a painting: colouring and erasing covered pixels, laying the layers over one another, keeping them in a file.
import { chunksOf, deflate, inflate, joined, pngChunk } from "./png_pixels.js";
/** @import {Rect} from "./geometry.js" */
/** @import {Plane} from "./coverage.js" */

/**
 * @typedef {object} Layer
 * @property {number} id
 * @property {string} name
 * @property {boolean} isVisible
 * @property {number} opacity 0 to 1
 * @property {Uint8ClampedArray} data four bytes a pixel, alpha not multiplied in
 */

/** @typedef {[number, number, number]} Colour red, green, blue, 0 to 255 */

// A chunk of our own that other programs skip and may copy: small first, second and fourth letters say so.
const LAYER_CHUNK = "skLr";

/**
 * Colour covered pixels ("source over" of Porter and Duff, or "destination over": under what is there), or erase them
 * where no colour is given.
 * @param {{w: number, data: Uint8ClampedArray}} layer
 * @param {Uint8ClampedArray} before the layer's pixels before the stroke began
 * @param {Plane} coverage
 * @param {Rect} rect
 * @param {{colour: Colour | null, opacity: number, isUnder?: boolean}} paint opacity from 0 to 1
 */
export function paintLayer({ w, data }, before, coverage, rect, { colour, opacity, isUnder = false }) {
  const put = isUnder ? layUnder : lay;
  for (let y = rect.y; y < rect.y + rect.h; y += 1) {
    for (let pixel = y * w + rect.x; pixel < y * w + rect.x + rect.w; pixel += 1) {
      const covered = (coverage.data[pixel] / 255) * opacity;
      if (colour) put(data, before, 4 * pixel, colour, covered);
      else erase(data, before, 4 * pixel, covered);
    }
  }
}

/**
 * All visible layers laid over one another, the first lowest.
 * @param {readonly Layer[]} layers
 * @param {number} pixels how many
 * @returns {Uint8ClampedArray}
 */
export function flattened(layers, pixels) {
  const flat = new Uint8ClampedArray(4 * pixels);
  for (const { data, opacity } of layers.filter((layer) => layer.isVisible)) {
    for (let at = 0; at < flat.length; at += 4) {
      if (data[at + 3]) lay(flat, flat, at, [data[at], data[at + 1], data[at + 2]], (data[at + 3] / 255) * opacity);
    }
  }
  return flat;
}

/** @template T @param {readonly T[]} layers @param {number} from @param {number} to @returns {T[]} */
export function reordered(layers, from, to) {
  const next = [...layers];
  const [moved] = next.splice(from, 1);
  next.splice(to, 0, moved);
  return next;
}

/** Layers as chunks of a PNG, lowest first. @param {readonly Layer[]} layers */
export function layerChunks(layers) {
  return Promise.all(
    layers.map(async ({ name, isVisible, opacity, data }) => {
      const head = new TextEncoder().encode(JSON.stringify({ name, isVisible, opacity }));
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, head.length);
      return pngChunk(LAYER_CHUNK, joined([length, head, await deflate(new Uint8Array(data.buffer, data.byteOffset, data.length))]));
    }),
  );
}

/**
 * The layers that a PNG keeps, with the size that it has; none where it keeps none or they are damaged.
 * @param {Uint8Array} png
 * @returns {Promise<{w: number, h: number, layers: Omit<Layer, "id">[]}>}
 */
export async function layersOf(png) {
  const [header] = chunksOf(png, "IHDR");
  if (!header) return { w: 0, h: 0, layers: [] };
  const view = new DataView(header.buffer, header.byteOffset);
  const [w, h] = [view.getUint32(0), view.getUint32(4)];
  const layers = await Promise.all(chunksOf(png, LAYER_CHUNK).map(readLayer));
  return { w, h, layers: layers.every((layer) => layer.data.length === 4 * w * h) ? layers : [] };
}

/** @param {Uint8Array} body */
async function readLayer(body) {
  const length = new DataView(body.buffer, body.byteOffset).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(body.subarray(4, 4 + length)));
  const data = new Uint8ClampedArray(await inflate(body.subarray(4 + length)));
  return { name: String(head.name), isVisible: head.isVisible !== false, opacity: Number(head.opacity ?? 1), data };
}

/** @param {Uint8ClampedArray} data @param {Uint8ClampedArray} before @param {number} at @param {Colour} colour @param {number} covered */
function lay(data, before, at, colour, covered) {
  const under = (before[at + 3] / 255) * (1 - covered);
  const alpha = covered + under;
  for (let channel = 0; channel < 3; channel += 1) {
    data[at + channel] = alpha && covered ? (colour[channel] * covered + before[at + channel] * under) / alpha : before[at + channel];
  }
  data[at + 3] = covered ? 255 * alpha : before[at + 3];
}

/** @param {Uint8ClampedArray} data @param {Uint8ClampedArray} before @param {number} at @param {Colour} colour @param {number} covered */
function layUnder(data, before, at, colour, covered) {
  const over = before[at + 3] / 255;
  const under = covered * (1 - over);
  const alpha = over + under;
  for (let channel = 0; channel < 3; channel += 1) {
    data[at + channel] = alpha ? (before[at + channel] * over + colour[channel] * under) / alpha : before[at + channel];
  }
  data[at + 3] = 255 * alpha;
}

/** @param {Uint8ClampedArray} data @param {Uint8ClampedArray} before @param {number} at @param {number} covered */
function erase(data, before, at, covered) {
  for (let channel = 0; channel < 3; channel += 1) data[at + channel] = before[at + channel];
  data[at + 3] = before[at + 3] * (1 - covered);
}
