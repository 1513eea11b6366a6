// A small part of Markdown as a tree: headings, paragraphs, lists, quotes, code, rules; emphasis, links and pictures in a line.

/** @typedef {{tag: string, text?: string, href?: string, children?: Part[]}} Part a node of the tree; `text` alone is plain text */

const FENCE = /^```/;
/** @type {{begins: RegExp, read: (lines: string[], at: number) => {part: Part | null, next: number}}[]} */
const BLOCKS = [
  { begins: /^\s*$/, read: (_lines, at) => ({ part: null, next: at + 1 }) },
  { begins: FENCE, read: readFence },
  { begins: /^#{1,6}\s/, read: readHeading },
  { begins: /^\s*([-*_])(\s*\1){2,}\s*$/, read: (_lines, at) => ({ part: { tag: "hr" }, next: at + 1 }) },
  { begins: /^\s*[-*+]\s/, read: (lines, at) => readList(lines, at, "ul", /^\s*[-*+]\s+/) },
  { begins: /^\s*\d+[.)]\s/, read: (lines, at) => readList(lines, at, "ol", /^\s*\d+[.)]\s+/) },
  { begins: /^>/, read: readQuote },
];

/** Found in this order at each place. @type {[RegExp, (found: RegExpExecArray) => Part][]} */
const SPANS = [
  [/`([^`]+)`/y, ([, text]) => ({ tag: "code", text })],
  [/!\[([^\]]*)\]\(\s*([^\s)]+)[^)]*\)/y, ([, text, href]) => ({ tag: "img", text, href })],
  [/\[([^\]]+)\]\(\s*([^\s)]+)[^)]*\)/y, ([, text, href]) => ({ tag: "a", href, children: readLine(text) })],
  [/\*\*(?=\S)([^]*?\S)\*\*/y, ([, text]) => ({ tag: "strong", children: readLine(text) })],
  [/~~(?=\S)([^]*?\S)~~/y, ([, text]) => ({ tag: "s", children: readLine(text) })],
  [/\*(?=[^\s*])([^*]*[^\s*])\*/y, ([, text]) => ({ tag: "em", children: readLine(text) })],
  [/(?<![\p{L}\p{N}])_(?=[^\s_])([^_]*[^\s_])_(?![\p{L}\p{N}])/uy, ([, text]) => ({ tag: "em", children: readLine(text) })],
  [/https?:\/\/[^\s<>()]*[^\s<>().,;:!?]/y, ([href]) => ({ tag: "a", href, children: [{ tag: "", text: href }] })],
];

/**
 * @param {string} text
 * @returns {Part[]} blocks
 */
export function readMarkdown(text) {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  /** @type {Part[]} */
  const parts = [];
  for (let at = 0; at < lines.length; ) {
    const block = BLOCKS.find(({ begins }) => begins.test(lines[at]));
    const { part, next } = (block?.read ?? readParagraph)(lines, at);
    if (part) parts.push(part);
    at = next;
  }
  return parts;
}

/**
 * The parts of a line; what is no mark stays plain text.
 * @param {string} text
 * @returns {Part[]}
 */
export function readLine(text) {
  /** @type {Part[]} */
  const parts = [];
  let plain = "";
  const flush = () => {
    if (plain) parts.push({ tag: "", text: plain });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const span = spanAt(text, at);
    if (span) flush();
    if (span) parts.push(span.part);
    else plain += text[at] === "\\" && /[\\`*_{}[\]()#+\-.!~]/.test(text[at + 1] ?? "") ? text[(at += 1)] : text[at];
    at = span?.end ?? at + 1;
  }
  flush();
  return parts;
}

/** @param {string} text @param {number} at */
function spanAt(text, at) {
  if (!/[`![*~_h]/.test(text[at])) return null;
  for (const [pattern, make] of SPANS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    const end = pattern.lastIndex;
    if (found) return { part: make(found), end };
  }
  return null;
}

/** @param {string[]} lines @param {number} at */
function readParagraph(lines, at) {
  let next = at + 1;
  while (next < lines.length && !BLOCKS.some(({ begins }) => begins.test(lines[next]))) next += 1;
  return { part: { tag: "p", children: readLine(lines.slice(at, next).join("\n")) }, next };
}

/** @param {string[]} lines @param {number} at */
function readHeading(lines, at) {
  const [, marks, text] = /** @type {RegExpExecArray} */ (/^(#+)\s+(.*?)\s*#*$/.exec(lines[at]) ?? ["", "#", ""]);
  return { part: { tag: `h${Math.min(marks.length, 6)}`, children: readLine(text) }, next: at + 1 };
}

/** @param {string[]} lines @param {number} at */
function readFence(lines, at) {
  const end = lines.findIndex((line, index) => index > at && FENCE.test(line));
  const last = end < 0 ? lines.length : end;
  return { part: { tag: "pre", text: lines.slice(at + 1, last).join("\n") }, next: last + 1 };
}

/** @param {string[]} lines @param {number} at */
function readQuote(lines, at) {
  let next = at;
  while (next < lines.length && lines[next].startsWith(">")) next += 1;
  const inside = lines.slice(at, next).map((line) => line.replace(/^> ?/, ""));
  return { part: { tag: "blockquote", children: readMarkdown(inside.join("\n")) }, next };
}

/** @param {string[]} lines @param {number} at @param {string} tag @param {RegExp} mark */
function readList(lines, at, tag, mark) {
  let next = at;
  while (next < lines.length && mark.test(lines[next])) next += 1;
  const items = lines.slice(at, next).map((line) => ({ tag: "li", children: readLine(line.replace(mark, "")) }));
  return { part: { tag, children: items }, next };
}
