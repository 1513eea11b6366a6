// Text in rows, as an exported picture of the canvas has it.
import assert from "node:assert/strict";
import test from "node:test";
import { markdownRows } from "../../../../web/editor/kernels/markdown_rows.js";
import { cut, rowsOf, widthOf } from "../../../../web/editor/kernels/text_rows.js";

const texts = (rows) => rows.map((row) => row.map(({ text }) => text).join(""));
const plain = (text, width) => texts(rowsOf([{ text, look: "" }], width, 10));

test("rows are broken between words, at line breaks, and inside a word that is wider alone", () => {
  assert.deepEqual(plain("one two three", 45), ["one two ", "three"]);
  assert.deepEqual(plain("a\n\nb", 45), ["a", "", "b"]);
  assert.deepEqual(plain("abcdefghij", 33), ["abcdef", "ghij"]);
});

test("text without spaces between its words is broken too, by its wider letters", () => {
  const rows = plain("色调艳丽，过曝，静态", 40);
  assert.deepEqual(rows, ["色调艳丽", "，过曝，", "静态"]);
  assert.ok(rows.every((row) => widthOf(row, 10) <= 40));
  assert.equal(cut("色调艳丽", 35, 10), "色调…");
});

test("Markdown is drawn as it reads: headings larger, links by their words, lists with their marks", () => {
  const rows = markdownRows("# Title\nSee [the *file*](https://example.org/long)\n- one\n> quoted **much**", 300);
  assert.deepEqual(rows.map(({ row, size, indent }) => [row.map(({ text, look }) => (look ? `${look}:${text}` : text)).join("|"), size, indent]), [
    ["strong:Title", 17, 0],
    ["See |link:the |em:file", 12, 0],
    ["• one", 12, 0],
    ["quoted |strong:much", 12, 16],
  ]);
});
