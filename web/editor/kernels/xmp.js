// The texts of a picture in XMP (ISO 16684-1): those that Skein has put there, and other programs' comments.

const START = "http://ns.adobe.com/xap/1.0/\0";
const MORE_START = "http://ns.adobe.com/xmp/extension/\0";
const MARK_LENGTH = 32;
const COMMENTS = ["exif:UserComment", "dc:description"];
const ENTITIES = /** @type {Record<string, string>} */ ({ lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" });

/**
 * The texts of a packet by name.
 * @param {string} packet
 * @returns {Record<string, string>}
 */
export function xmpTexts(packet) {
  const own = /<skein:Texts>([^<]*)<\/skein:Texts>/.exec(packet);
  if (own) return namedTexts(plain(own[1]));
  for (const name of COMMENTS) {
    const found = meant(comment(packet, name));
    if (Object.keys(found).length > 0) return found;
  }
  return {};
}

/**
 * The texts in what the APP1 segments of a JPEG hold; long ones are spread over several.
 * @param {Uint8Array[]} segments
 * @returns {Record<string, string>}
 */
export function jpegXmpTexts(segments) {
  /** @type {Record<string, string>} */
  const texts = {};
  /** @type {Map<string, Map<number, Uint8Array>>} */
  const parts = new Map();
  for (const segment of segments) {
    const head = String.fromCharCode(...segment.subarray(0, MORE_START.length + MARK_LENGTH));
    if (head.startsWith(START)) Object.assign(texts, xmpTexts(new TextDecoder().decode(segment.subarray(START.length))));
    if (!head.startsWith(MORE_START)) continue;
    const mark = head.slice(MORE_START.length);
    const at = new DataView(segment.buffer, segment.byteOffset).getUint32(head.length + 4);
    parts.set(mark, (parts.get(mark) ?? new Map()).set(at, segment.subarray(head.length + 8)));
  }
  for (const pieces of parts.values()) {
    const sorted = [...pieces].sort(([one], [other]) => one - other);
    const decoder = new TextDecoder();
    Object.assign(texts, xmpTexts(sorted.map(([, piece]) => decoder.decode(piece, { stream: true })).join("")));
  }
  return texts;
}

/** A property as an attribute, a plain text, or the first of several languages. @param {string} packet @param {string} name */
function comment(packet, name) {
  const attribute = new RegExp(`\\s${name}="([^"]*)"`).exec(packet) ?? new RegExp(`\\s${name}='([^']*)'`).exec(packet);
  if (attribute) return plain(attribute[1]);
  const element = new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`).exec(packet);
  const item = element && /<rdf:li(?:\s[^>]*)?>([\s\S]*?)<\/rdf:li>/.exec(element[1]);
  return plain(item ? item[1] : (element?.[1] ?? "")).trim();
}

/** What a free text holds; nothing where it is a mere caption. @param {string} text @returns {Record<string, string>} */
function meant(text) {
  const named = /^(prompt|workflow):\s*(?=\{)/i.exec(text);
  if (named) return { [named[1].toLowerCase()]: text.slice(named[0].length) };
  if (!text.startsWith("{")) return /\bSteps: *\d/.test(text) ? { parameters: text } : {};
  try {
    const told = JSON.parse(text);
    if (told.nodes && told.links) return { workflow: text };
    const nodes = Object.values(told);
    return nodes.length > 0 && nodes.every((node) => node?.class_type) ? { prompt: text } : {};
  } catch {
    return {};
  }
}

/** @param {string} json @returns {Record<string, string>} */
function namedTexts(json) {
  try {
    return Object.fromEntries(Object.entries(JSON.parse(json)).filter(([, text]) => typeof text === "string"));
  } catch {
    return {};
  }
}

/** @param {string} text of XML */
function plain(text) {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    const code = decimal ? Number(decimal) : hex ? parseInt(hex, 16) : NaN;
    return code <= 0x10ffff ? String.fromCodePoint(code) : (ENTITIES[name] ?? whole);
  });
}
