// Putting a text into a PNG (PNG specification 1.2, §4.2.3: tEXt, iTXt).

const END_CHUNK = 12;

/**
 * The PNG with a text of a name before its end; letters beyond ASCII are written as JSON escapes.
 * @param {Uint8Array} png
 * @param {string} keyword
 * @param {string} json
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function withPngText(png, keyword, json) {
  const plain = json.replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const body = new TextEncoder().encode(`tEXt${keyword}\0${plain}`);
  const chunk = new Uint8Array(body.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(body.length + 4, crc32(body));
  const end = png.length - END_CHUNK;
  const whole = new Uint8Array(png.length + chunk.length);
  whole.set(png.subarray(0, end));
  whole.set(chunk, end);
  whole.set(png.subarray(end), end + chunk.length);
  return whole;
}

/** The checksum of a chunk (ISO 3309). @param {Uint8Array} bytes */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
