// Writing a PNG from raw pixels, so that colours under full transparency survive, which a canvas would drop.
import { crc32 } from "./png_writing.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const TRUECOLOUR_WITH_ALPHA = 6;

/** @typedef {{w: number, h: number, data: Uint8ClampedArray | Uint8Array}} Pixels four bytes a pixel, alpha not multiplied in */

/**
 * The pixels as a PNG file (PNG specification, third edition), bit for bit.
 * @param {Pixels} pixels
 * @param {Uint8Array[]} [chunks] whole further chunks to stand before the pixels
 * @returns {Promise<Uint8Array>}
 */
export async function writePng({ w, h, data }, chunks = []) {
  const head = new DataView(new ArrayBuffer(13));
  head.setUint32(0, w);
  head.setUint32(4, h);
  head.setUint8(8, 8);
  head.setUint8(9, TRUECOLOUR_WITH_ALPHA);
  const rows = new Uint8Array((w * 4 + 1) * h);
  for (let y = 0; y < h; y += 1) rows.set(data.subarray(y * w * 4, (y + 1) * w * 4), y * (w * 4 + 1) + 1);
  const parts = [new Uint8Array(SIGNATURE), pngChunk("IHDR", new Uint8Array(head.buffer)), ...chunks, pngChunk("IDAT", await deflate(rows)), pngChunk("IEND", new Uint8Array())];
  return joined(parts);
}

/** One chunk with its length and checksum. @param {string} kind four letters @param {Uint8Array} body */
export function pngChunk(kind, body) {
  const chunk = new Uint8Array(body.length + 12);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length);
  for (let index = 0; index < 4; index += 1) chunk[4 + index] = kind.charCodeAt(index);
  chunk.set(body, 8);
  view.setUint32(8 + body.length, crc32(chunk.subarray(4, 8 + body.length)));
  return chunk;
}

/** The bodies of all chunks of one kind. @param {Uint8Array} png @param {string} kind @returns {Uint8Array[]} */
export function chunksOf(png, kind) {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const found = [];
  for (let at = SIGNATURE.length; at + 12 <= png.length; ) {
    const length = view.getUint32(at);
    if (String.fromCharCode(...png.subarray(at + 4, at + 8)) === kind && at + 12 + length <= png.length) found.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return found;
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} in zlib's format */
export function deflate(bytes) {
  return through(bytes, new CompressionStream("deflate"));
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
export function inflate(bytes) {
  return through(bytes, new DecompressionStream("deflate"));
}

/** @param {Uint8Array[]} parts */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} bytes @param {CompressionStream | DecompressionStream} stream */
async function through(bytes, stream) {
  const readable = new Blob([/** @type {BlobPart} */ (bytes)]).stream().pipeThrough(/** @type {any} */ (stream));
  return new Uint8Array(await new Response(readable).arrayBuffer());
}
