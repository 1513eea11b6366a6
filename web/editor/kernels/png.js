// Text that a PNG carries: its tEXt and iTXt chunks by keyword.

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** @param {Uint8Array} bytes */
export function isPng(bytes) {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/**
 * The texts of a PNG; chunks that are cut short or compressed are left out.
 * @param {Uint8Array} bytes
 * @returns {Record<string, string>}
 */
export function pngTexts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Record<string, string>} */
  const texts = {};
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (kind === "IEND" || body.length < length) break;
    if (kind === "tEXt" || kind === "iTXt") readText(body, kind, texts);
    at += 12 + length;
  }
  return texts;
}

/**
 * @param {Uint8Array} body
 * @param {"tEXt" | "iTXt"} kind
 * @param {Record<string, string>} texts
 */
function readText(body, kind, texts) {
  const end = body.indexOf(0);
  if (end < 0) return;
  const keyword = new TextDecoder("latin1").decode(body.subarray(0, end));
  if (kind === "tEXt") {
    texts[keyword] = new TextDecoder("utf-8").decode(body.subarray(end + 1));
    return;
  }
  const isCompressed = body[end + 1] === 1;
  const language = body.indexOf(0, end + 3);
  const translated = body.indexOf(0, language + 1);
  if (isCompressed || language < 0 || translated < 0) return;
  texts[keyword] = new TextDecoder("utf-8").decode(body.subarray(translated + 1));
}
