// Kernels of the controls on cards: wrong values, seeds on subgraphs' nodes.
import assert from "node:assert/strict";
import test from "node:test";
import { tinted } from "../../../../web/editor/kernels/tints.js";
import { searchChoices } from "../../../../web/editor/kernels/choice_search.js";
import { canBeSaid, complete, completionAt } from "../../../../web/editor/kernels/completing.js";
import { colourAsHex, fromHex } from "../../../../web/editor/kernels/colours.js";
import { faceOf } from "../../../../web/editor/kernels/faces.js";
import { axisNames } from "../../../../web/editor/kernels/grid_axes.js";
import { readMarkdown } from "../../../../web/editor/kernels/markdown.js";
import { numberText } from "../../../../web/editor/kernels/numbers.js";
import { advanceSeeds } from "../../../../web/editor/kernels/seeds.js";
import { wrongValue } from "../../../../web/editor/kernels/wrong_values.js";

const SAMPLER = {
  name: "Sampler",
  input: { required: { seed: ["INT", { min: 0, max: 100, control_after_generate: true }], cfg: ["FLOAT", {}] } },
  output: ["LATENT"],
};

test("a number is shown without the dust of binary fractions, and otherwise as it is", () => {
  const texts = [0.8700000000000001, 0.1 + 0.2, 0.123456789, 1e-9, 7, 18446744073709551615n, "2*"].map(numberText);
  assert.deepEqual(texts, ["0.87", "0.3", "0.123456789", "1e-9", "7", "18446744073709551615", "2*"]);
});

test("a value that cannot be used has a reason, and any other has none", () => {
  const int = { kind: "int", options: { min: 1, max: 18446744073709551615n }, choices: [] };
  const choice = { kind: "choice", options: {}, choices: ["euler", 2] };
  const image = { kind: "choice", options: { image_upload: true }, choices: [] };
  for (const value of [1, "7", 12345678901234567890n]) assert.equal(wrongValue(value, int), "", String(value));
  for (const value of [0, 1.5, "abc", "0x10", "0b11", "", NaN, null, [], 18446744073709551616n]) assert.notEqual(wrongValue(value, int), "", String(value));
  assert.equal(wrongValue(1.5, { ...int, kind: "float" }), "");
  assert.equal(wrongValue("2", choice), "");
  assert.equal(wrongValue("dpm", choice), "“dpm” is not on this server.");
  assert.equal(wrongValue("a.png [output]", image), "");
  assert.notEqual(wrongValue("a.png", image), "");
});

/** A workflow whose node 1 is a subgraph with a sampler in it, its seed shown outside. */
function hosted(proxyWidgets, hostValues, innerMode) {
  const inner = { id: 5, type: "Sampler", inputs: [], outputs: [], widgets_values: [1, innerMode, 2] };
  const subgraph = { id: "sub", name: "Sub", inputs: [], outputs: [], nodes: [inner], links: [] };
  const host = { id: 1, type: "sub", inputs: [], outputs: [], properties: { proxyWidgets }, widgets_values: hostValues };
  return { nodes: [host], links: [], definitions: { subgraphs: [subgraph] } };
}

test("a seed that a subgraph's node shows moves on as the sampler inside says", () => {
  const next = (workflow) => advanceSeeds(workflow, { Sampler: SAMPLER }, () => 0.5).nodes[0].widgets_values;
  assert.deepEqual(next(hosted([["5", "seed"]], [40], "increment")), [41]);
  assert.deepEqual(next(hosted([["5", "seed"]], [40], "fixed")), [40]);
  assert.deepEqual(next(hosted([["5", "cfg"]], [40], "increment")), [40]);
});

test("where the node shows what is done to the seed too, that is what counts", () => {
  const workflow = hosted([["5", "seed"], ["5", "control_after_generate"]], [40, "decrement"], "increment");
  assert.deepEqual(advanceSeeds(workflow, { Sampler: SAMPLER }).nodes[0].widgets_values, [39, "decrement"]);
  const [seed, control] = faceOf(workflow, workflow.nodes[0], { Sampler: SAMPLER }).widgets;
  assert.equal(control.controls, seed.name);
});

test("choices with every typed word are found, the file that is called so and beginnings first", () => {
  const choices = ["sdxl/ink wash.safetensors", "blink.safetensors", "ink.safetensors", "ink-old.safetensors", "oil.safetensors"];
  assert.deepEqual(searchChoices(choices, "INK"), ["ink.safetensors", "sdxl/ink wash.safetensors", "ink-old.safetensors", "blink.safetensors"]);
  assert.deepEqual(searchChoices(choices, "wash ink"), ["sdxl/ink wash.safetensors"]);
  assert.deepEqual(searchChoices(choices, " "), choices);
  assert.deepEqual(searchChoices(["a(b)", "c"], "("), ["a(b)"]);
});

test("a name is completed where it was begun, and nowhere else", () => {
  const text = "a cat, embedding:neg, blue";
  const begun = completionAt(text, 20);
  assert.deepEqual(begun, { kind: "embedding", typed: "neg", from: 17, to: 20 });
  assert.deepEqual(complete(text, begun, "easynegative"), { text: "a cat, embedding:easynegative, blue", at: 29 });
  assert.equal(completionAt(text, 22), null);
  assert.equal(complete(text, begun, "two words (x)").text, "a cat, embedding:two words \\(x\\), blue");
  const names = ["easy", "easy neg", "two words", "end,", "a  b"];
  assert.deepEqual(names.filter((name) => canBeSaid(name, names)), ["easy", "two words"]);
  const lora = (typed) => complete(typed, completionAt(typed, 8), "ink").text;
  assert.equal(lora("<lora:in"), "<lora:ink:1>");
  assert.equal(lora("<lora:in:0.5>"), "<lora:ink:0.5>");
});

test("Markdown becomes a tree of what is known; all else stays text", () => {
  const parts = readMarkdown("# A *b*\n\none\ntwo `c*d*` <b>x</b>\n- **x**\n- y_z_\n\n```js\n# no\n```\n> q\n\n1. [k](http://a/b) \\*");
  assert.deepEqual(parts.map(({ tag }) => tag), ["h1", "p", "ul", "pre", "blockquote", "ol"]);
  assert.deepEqual(parts[0].children, [{ tag: "", text: "A " }, { tag: "em", children: [{ tag: "", text: "b" }] }]);
  assert.deepEqual(parts[1].children, [{ tag: "", text: "one\ntwo " }, { tag: "code", text: "c*d*" }, { tag: "", text: " <b>x</b>" }]);
  assert.deepEqual(parts[2].children[1].children, [{ tag: "", text: "y_z_" }]);
  assert.equal(parts[3].text, "# no");
  assert.deepEqual(parts[5].children[0].children, [{ tag: "a", href: "http://a/b", children: [{ tag: "", text: "k" }] }, { tag: "", text: " *" }]);
});

test("a colour is text or a number of 24 bits, as its input is declared", () => {
  assert.equal(colourAsHex("#ABC"), "#aabbcc");
  assert.equal(colourAsHex(255), "#0000ff");
  for (const wrong of ["red", -1, 1.5, 0x1000000, null, "#12345"]) assert.equal(colourAsHex(wrong), null, String(wrong));
  assert.equal(fromHex("#0000ff", { type: "INT" }), 255);
  assert.equal(fromHex("0000FF", { type: "COLOR" }), "#0000ff");
  assert.equal(fromHex("red", { type: "INT" }), "red");
});

test("a node's colour is brought into the lightness that letters can be read on, and mixed with the ground", () => {
  const dark = { least: 0, most: 0.46, chroma: 1, strength: 1 };
  assert.equal(tinted("#553333", "#1c1f27", dark), "#553333");
  assert.equal(tinted("#533", "#1c1f27", dark), "#553333");
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(tinted("#dddddd", "#1c1f27", dark).slice(at, at + 2), 16));
  assert.ok(r === g && g === b && r > 80 && r < 100, `${r} ${g} ${b}`);
  assert.equal(tinted("#553333", "#1c1f27", { ...dark, strength: 0 }), "#1c1f27");
  const pale = tinted("#553333", "#ffffff", { least: 0.89, most: 0.93, chroma: 1.8, strength: 1 });
  assert.match(pale, /^#[e-f][0-9a-f][c-d][0-9a-f][c-d][0-9a-f]$/);
  assert.equal(tinted("tomato", "#ffffff", dark), "tomato");
});

test("a grid is offered every value but its own and what links feed, by the name that says which", () => {
  const node = (/** @type {number} */ id, title = "", type = "Sampler", inputs = []) => ({ id, title, type, inputs, outputs: [], pos: [0, 0], size: [1, 1], widgets_values: [1, "fixed", 2] });
  const fed = node(3, "", "Sampler", [{ name: "cfg", type: "FLOAT", link: 5, widget: { name: "cfg" } }]);
  const workflow = { nodes: [node(1, "First"), node(2), fed, node(9, "", "Grid"), { ...node(4), type: "Unknown" }], links: [] };
  const definitions = { Sampler: SAMPLER, Grid: { ...SAMPLER, name: "Grid" } };
  assert.deepEqual(axisNames(workflow, "9", definitions), ["First.seed", "First.cfg", "2.seed", "2.cfg", "3.seed", "search and replace"]);
  assert.deepEqual(axisNames({ ...workflow, nodes: [node(2)] }, "9", definitions), ["Sampler.seed", "Sampler.cfg", "search and replace"]);
});
