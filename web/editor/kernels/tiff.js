// The texts in the EXIF part of a picture: a TIFF structure of tags (TIFF 6.0, EXIF 2.3).

import { xmpTexts } from "./xmp.js";

const ASCII = 2;
const EXIF_IFD = 0x8769;
const USER_COMMENT = 0x9286;
const DESCRIPTION = 0x010e;
const XMP = 0x02bc;
const MOST_ENTRIES = 400;

/**
 * The texts that pictures carry: `key:{…}` in plain tags, as ComfyUI writes them, the user's comment, which
 * AUTOMATIC1111 uses, or else the description, under `parameters`, and those in XMP.
 * @param {Uint8Array} bytes from the byte order mark on
 * @returns {Record<string, string>}
 */
export function tiffTexts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = String.fromCharCode(bytes[0] ?? 0, bytes[1] ?? 0);
  if (bytes.length < 8 || (order !== "II" && order !== "MM")) return {};
  const isLittle = order === "II";
  /** @type {Record<string, string>} */
  const texts = {};
  const pending = [view.getUint32(4, isLittle)];
  const seen = new Set();
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at) || at + 2 > bytes.length) continue;
    seen.add(at);
    const count = Math.min(view.getUint16(at, isLittle), MOST_ENTRIES);
    for (let index = 0; index < count; index += 1) {
      const entry = at + 2 + index * 12;
      if (entry + 12 > bytes.length) break;
      const tag = view.getUint16(entry, isLittle);
      if (tag === EXIF_IFD) pending.push(view.getUint32(entry + 8, isLittle));
      else readEntry(bytes, view, isLittle, entry, tag, texts);
    }
  }
  return texts;
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {boolean} isLittle
 * @param {number} entry
 * @param {number} tag
 * @param {Record<string, string>} texts
 */
function readEntry(bytes, view, isLittle, entry, tag, texts) {
  const length = view.getUint32(entry + 4, isLittle);
  const start = length > 4 ? view.getUint32(entry + 8, isLittle) : entry + 8;
  const body = bytes.subarray(start, start + length);
  if (tag === USER_COMMENT) {
    const text = commentText(body);
    if (text) texts.parameters = text;
    return;
  }
  if (tag === XMP) {
    const own = xmpTexts(new TextDecoder().decode(body));
    for (const key in own) texts[key] ??= own[key];
    return;
  }
  if (view.getUint16(entry + 2, isLittle) !== ASCII) return;
  const text = new TextDecoder().decode(body).replace(/\0+$/, "");
  const colon = text.indexOf(":");
  const key = text.slice(0, Math.max(colon, 0)).toLowerCase();
  if (/^\w+$/.test(key)) texts[key] = text.slice(colon + 1);
  else if (tag === DESCRIPTION && text) texts.parameters ??= text;
}

/** @param {Uint8Array} body eight bytes that name the coding, then the text */
function commentText(body) {
  const coding = new TextDecoder("latin1").decode(body.subarray(0, 8)).replace(/\0+$/, "");
  const rest = body.subarray(8);
  if (coding === "UNICODE") {
    // The order of the bytes is not written anywhere; letters of most texts have a zero as their high byte.
    const isLittle = rest[1] === 0 && rest[0] !== 0;
    return new TextDecoder(isLittle ? "utf-16le" : "utf-16be").decode(rest).replace(/\0+$/, "");
  }
  return new TextDecoder().decode(coding === "ASCII" ? rest : body).replace(/^\0+|\0+$/g, "");
}
