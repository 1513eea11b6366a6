// Text that a PNG carries: its tEXt, zTXt and iTXt chunks by keyword (PNG specification, third edition, 11.3.3).
import { inflate } from "./png_pixels.js";

const LATIN = new TextDecoder("latin1");
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** @param {Uint8Array} bytes */
export function isPng(bytes) {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/**
 * The texts of a PNG; chunks that are cut short or damaged are left out.
 * @param {Uint8Array} bytes
 * @returns {Promise<Record<string, string>>}
 */
export async function pngTexts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Record<string, string>} */
  const texts = {};
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (kind === "IEND" || body.length < length) break;
    const found = kind in READERS ? await READERS[kind](body, body.indexOf(0)).catch(() => null) : null;
    if (found !== null) texts[LATIN.decode(body.subarray(0, body.indexOf(0)))] = found;
    at += 12 + length;
  }
  return texts;
}

/**
 * How each kind of chunk is read: its body, and where its keyword ends. Null where it holds no whole text.
 * @type {Record<string, (body: Uint8Array, end: number) => Promise<string | null>>}
 */
const READERS = {
  tEXt: async (body, end) => (end < 0 ? null : plain(body.subarray(end + 1))),
  zTXt: async (body, end) => (end < 0 ? null : plain(await inflate(body.subarray(end + 2)))),
  iTXt: async (body, end) => {
    const language = body.indexOf(0, end + 3);
    const translated = body.indexOf(0, language + 1);
    if (end < 0 || language < 0 || translated < 0) return null;
    const text = body.subarray(translated + 1);
    return new TextDecoder().decode(body[end + 1] === 1 ? await inflate(text) : text);
  },
};

/** The standard's Latin-1; but many write UTF-8, which hardly ever is what Latin-1 means. @param {Uint8Array} bytes */
function plain(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return LATIN.decode(bytes);
  }
}
