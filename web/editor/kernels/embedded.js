// What a file carries besides its picture or tensors: the texts that name its workflow, its prompt or its parameters.
import { isPng, pngTexts } from "./png.js";
import { tiffTexts } from "./tiff.js";
import { jpegXmpTexts, xmpTexts } from "./xmp.js";

const JPEG_MARKER = 0xff;
const JPEG_APP1 = 0xe1;
const JPEG_SCAN = 0xda;
const XMP_KEYWORD = "XML:com.adobe.xmp";
const LARGEST_HEADER = 100_000_000;

/**
 * The texts of a file by name, or null for a file of no kind that carries any.
 * @param {Uint8Array} bytes
 * @returns {Promise<Record<string, string> | null>}
 */
export async function embeddedTexts(bytes) {
  if (isPng(bytes)) return withXmp(await pngTexts(bytes));
  if (letters(bytes, 0, 4) === "RIFF" && letters(bytes, 8, 4) === "WEBP") return webpTexts(bytes);
  if (bytes[0] === JPEG_MARKER && bytes[1] === 0xd8) return jpegTexts(bytes);
  if (["II*\0", "MM\0*"].includes(letters(bytes, 0, 4))) return tiffTexts(bytes);
  if (tensorHeaderLength(bytes)) return tensorTexts(bytes);
  const start = letters(bytes, 0, 300).trimStart();
  if (start.startsWith("<svg") || (start.startsWith("<?xml") && start.includes("<svg"))) return svgTexts(new TextDecoder().decode(bytes));
  return null;
}

/** How many bytes after the first eight are the header of a safetensors file; 0 for other files. @param {Uint8Array} bytes */
export function tensorHeaderLength(bytes) {
  if (bytes.length < 9 || bytes[8] !== 0x7b) return 0;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return length > 1 && length < LARGEST_HEADER ? length : 0;
}

/** @param {Uint8Array} bytes @returns {Record<string, string>} */
function tensorTexts(bytes) {
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + tensorHeaderLength(bytes))));
    return header.__metadata__ ?? {};
  } catch {
    return {};
  }
}

/** @param {Uint8Array} bytes */
function webpTexts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Record<string, string>} */
  let texts = {};
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const body = bytes.subarray(at + 8, at + 8 + length);
    const kind = letters(bytes, at, 4);
    if (kind === "EXIF") texts = { ...texts, ...tiffTexts(withoutExifMark(body)) };
    if (kind === "XMP ") texts = { ...xmpTexts(new TextDecoder().decode(body)), ...texts };
    at += 8 + length + (length % 2);
  }
  return texts;
}

/** @param {Uint8Array} bytes */
function jpegTexts(bytes) {
  /** @type {Record<string, string>} */
  const texts = {};
  const segments = [];
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === JPEG_MARKER && bytes[at + 1] !== JPEG_SCAN; ) {
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    const body = bytes.subarray(at + 4, at + 2 + length);
    if (bytes[at + 1] === JPEG_APP1) {
      if (letters(body, 0, 4) === "Exif") Object.assign(texts, tiffTexts(withoutExifMark(body)));
      else segments.push(body);
    }
    at += 2 + length;
  }
  return { ...jpegXmpTexts(segments), ...texts };
}

/** A PNG's texts with those in its XMP, where it has any. @param {Record<string, string>} texts */
function withXmp(texts) {
  return XMP_KEYWORD in texts ? { ...xmpTexts(texts[XMP_KEYWORD]), ...texts } : texts;
}

/** @param {string} text @returns {Record<string, string>} */
function svgTexts(text) {
  const found = /<metadata>\s*<!\[CDATA\[([\s\S]*?)\]\]>\s*<\/metadata>/.exec(text);
  if (!found) return {};
  try {
    const value = JSON.parse(found[1]);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typeof item === "string" ? item : JSON.stringify(item)]));
  } catch {
    return {};
  }
}

/** @param {Uint8Array} body */
function withoutExifMark(body) {
  return letters(body, 0, 4) === "Exif" ? body.slice(6) : body.slice();
}

/** @param {Uint8Array} bytes @param {number} at @param {number} count */
function letters(bytes, at, count) {
  return String.fromCharCode(...bytes.subarray(at, at + count));
}
