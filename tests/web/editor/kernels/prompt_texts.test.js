// Which texts are prompts, and what of them is counted.
import assert from "node:assert/strict";
import test from "node:test";
import { countedText, isPromptText, lengthInFigures } from "../../../../web/editor/kernels/prompt_texts.js";

const DEFINITIONS = {
  Encode: { name: "Encode", input: { required: { text: ["STRING", { multiline: true }], clip: ["CLIP", {}] } }, output: ["CONDITIONING"] },
  Words: { name: "Words", input: { required: { text: ["STRING", { multiline: true }] } }, output: ["STRING"] },
};
const TEXT = { name: "text", kind: "text", sends: true, options: { multiline: true } };

/** Words 1 → Words 2 → node 3 of a class. */
function chain(last) {
  return {
    nodes: [
      { id: 1, type: "Words", outputs: [{ name: "STRING", type: "STRING", links: [1] }] },
      { id: 2, type: "Words", inputs: [{ name: "text", type: "STRING", link: 1 }], outputs: [{ name: "STRING", type: "STRING", links: [2] }] },
      { id: 3, type: last, inputs: [{ name: "text", type: "STRING", link: 2 }] },
    ],
    links: [
      [1, 1, 0, 2, 0, "STRING"],
      [2, 2, 0, 3, 0, "STRING"],
    ],
  };
}

test("a text is a prompt where a text encoder reads it, at once or at the end of its links", () => {
  const encoded = chain("Encode");
  for (const node of encoded.nodes) assert.equal(isPromptText(encoded, node, TEXT, DEFINITIONS), true, String(node.id));
  const printed = chain("Print");
  for (const node of printed.nodes) assert.equal(isPromptText(printed, node, TEXT, DEFINITIONS), false, String(node.id));
  assert.equal(isPromptText(encoded, encoded.nodes[2], { ...TEXT, options: {} }, DEFINITIONS), false);
});

test("of alternatives the first is counted, and the room grows by whole parts", () => {
  assert.equal(countedText({ ...TEXT, options: { dynamicPrompts: true } }, "a {red|very blue} cat // remark"), "a red cat ");
  assert.equal(countedText(TEXT, "a {red|blue} cat"), "a {red|blue} cat");
  assert.equal(lengthInFigures({ tokens: 80, chunks: 2, tokens_per_chunk: 75 }), "80 / 150");
});
