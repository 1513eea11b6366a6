// A Markdown note as rows of text, for where it is drawn rather than laid out by the browser.
import { readMarkdown } from "./markdown.js";
import { rowsOf } from "./text_rows.js";
/** @import {Part} from "./markdown.js" */
/** @import {Row, Run} from "./text_rows.js" */

/** @typedef {{row: Row, size: number, indent: number, above: number}} PlacedRow `above`: the room before it */

const SIZE = 12;
/** @type {Record<string, number>} */
const SIZES = { h1: 17, h2: 15, h3: 13, h4: 13, h5: 13, h6: 13 };
/** @type {Record<string, string>} what parts of a line look like */
const LOOKS = { a: "link", img: "link", strong: "strong", em: "em", code: "code" };
const INDENT = 16;
const GAP = 6;

/**
 * @param {string} text
 * @param {number} width
 * @returns {PlacedRow[]}
 */
export function markdownRows(text, width) {
  return blocksOf(readMarkdown(text), 0).flatMap(({ runs, size, indent, above }) =>
    rowsOf(runs, width - indent, size).map((row, index) => ({ row, size, indent, above: index ? 0 : above })));
}

/** @typedef {{runs: Run[], size: number, indent: number, above: number}} Block */

/** @param {Part[]} parts @param {number} indent @returns {Block[]} */
function blocksOf(parts, indent) {
  return parts.flatMap((part) => {
    const children = part.children ?? [];
    if (part.tag === "blockquote") return blocksOf(children, indent + INDENT);
    if (part.tag === "ul" || part.tag === "ol") return children.map((item, index) => ({ runs: [{ text: part.tag === "ul" ? "• " : `${index + 1}. `, look: "" }, ...runsOf(item, "")], size: SIZE, indent, above: index ? 0 : GAP }));
    if (part.tag === "hr") return [{ runs: [{ text: "―――", look: "" }], size: SIZE, indent, above: GAP }];
    const size = SIZES[part.tag] ?? SIZE;
    return [{ runs: runsOf(part, part.tag === "pre" ? "code" : part.tag in SIZES ? "strong" : ""), size, indent, above: GAP }];
  });
}

/** @param {Part} part @param {string} look @returns {Run[]} */
function runsOf({ text, href, children = [] }, look) {
  if (!children.length) return [{ text: text || href || "", look }];
  return children.flatMap((child) => runsOf(child, LOOKS[child.tag] ?? look));
}
