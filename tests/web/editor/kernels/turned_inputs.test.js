// Widgets turned to inputs and back: the card shows a socket, the value is kept, the file stays one that others read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parseJson } from "../../../../web/editor/document/json.js";
import { findNode, linksById } from "../../../../web/editor/document/workflow.js";
import { connect } from "../../../../web/editor/kernels/connecting.js";
import { toPrompt } from "../../../../web/editor/kernels/conversion.js";
import { faceOf } from "../../../../web/editor/kernels/faces.js";
import { layoutCard } from "../../../../web/editor/kernels/layout.js";
import { turnableInputs, turnToInput, turnToWidget } from "../../../../web/editor/kernels/turned_inputs.js";

const DEFAULT = readFileSync(join(import.meta.dirname, "../../../../web/editor/default_workflow.json"), "utf8");
const seed = ["INT", { control_after_generate: true }];
const definitions = {
  KSampler: { name: "KSampler", input: { required: { model: ["MODEL"], positive: ["CONDITIONING"], negative: ["CONDITIONING"], latent_image: ["LATENT"], seed, steps: ["INT", { default: 20 }], cfg: ["FLOAT", {}] } }, output: ["LATENT"] },
  Number: { name: "Number", input: { required: { value: ["INT", {}] } }, output: ["INT"] },
};

function turned(name) {
  const workflow = parseJson(DEFAULT);
  const face = faceOf(workflow, findNode(workflow, 5), definitions);
  return turnToInput(workflow, 5, turnableInputs(face).values.find((input) => input.name === name));
}

const rows = (workflow) => {
  const node = findNode(workflow, 5);
  const layout = layoutCard(node, faceOf(workflow, node, definitions), false);
  return { inputs: layout.inputs.map(({ face }) => face.name), widgets: layout.widgets.map(({ widget }) => widget.name) };
};

test("a value turned to an input has a socket among the others and no row, and is sent as before", () => {
  const before = parseJson(DEFAULT);
  const workflow = turned("seed");
  assert.deepEqual(rows(workflow), { inputs: ["model", "positive", "negative", "latent_image", "seed"], widgets: ["steps", "cfg"] });
  const node = findNode(workflow, 5);
  assert.deepEqual(node.inputs.find((slot) => slot.name === "seed").widget, { name: "seed" });
  assert.deepEqual(node.widgets_values, findNode(before, 5).widgets_values);
  assert.deepEqual(toPrompt(workflow, definitions)["5"], toPrompt(before, definitions)["5"]);
});

test("turned back, the value can be changed again and nothing is linked to it", () => {
  let workflow = turned("steps");
  workflow = { ...workflow, nodes: [...workflow.nodes, { id: 50, type: "Number", pos: [0, 0], inputs: [], outputs: [{ name: "INT", type: "INT", links: [] }], widgets_values: [7] }] };
  const input = faceOf(workflow, findNode(workflow, 5), definitions).inputs.find((slot) => slot.name === "steps");
  const linked = connect(workflow, { node: "50", slot: { name: "INT", type: "INT", index: 0 } }, { node: "5", slot: input });
  assert.deepEqual(toPrompt(linked, definitions)["5"].inputs.steps, ["50", 0]);
  const back = turnToWidget(linked, 5, "steps");
  assert.deepEqual(rows(back).widgets, ["seed", "control_after_generate", "steps", "cfg"]);
  assert.equal(findNode(back, 5).properties.turned_inputs, undefined);
  assert.equal(linksById(back).size, linksById(parseJson(DEFAULT)).size);
  assert.deepEqual(toPrompt(back, definitions)["5"], toPrompt(parseJson(DEFAULT), definitions)["5"]);
  assert.equal(turnToWidget(back, 5, "steps"), back);
});
