// Rows of values, of which a number on the card says how many there are.
import assert from "node:assert/strict";
import test from "node:test";
import { connect } from "../../../../web/editor/kernels/connecting.js";
import { choose } from "../../../../web/editor/kernels/choosing.js";
import { toPrompt } from "../../../../web/editor/kernels/conversion.js";
import { wordsOf } from "../../../../web/editor/kernels/dynamic_inputs.js";
import { faceOf } from "../../../../web/editor/kernels/faces.js";
import { fromPrompt } from "../../../../web/editor/kernels/from_prompt.js";
import { newNode } from "../../../../web/editor/kernels/new_node.js";
import { findNode } from "../../../../web/editor/document/workflow.js";
import { widgetValue } from "../../../../web/editor/kernels/widget_values.js";

const TEMPLATE = { required: { lora_name: [["A", "B"]], strength: ["FLOAT", { default: 1 }] }, optional: { on: ["BOOLEAN", { default: true }] } };
/** @type {any} */
const LORAS = {
  name: "Loras",
  input: { required: { before: ["STRING", { default: "head" }], loras: ["COMFY_DYNAMICGROUP_V3", { template: TEMPLATE, min: 1, max: 3 }], after: ["INT", { default: 7 }] } },
  output: ["MODEL"],
};
const definitions = { Loras: LORAS };

test("a number of rows brings so many rows of values, which keep what they hold, and a row that goes takes its links along", () => {
  const source = { id: 1, type: "S", outputs: [{ name: "FLOAT", type: "FLOAT", links: [] }] };
  let workflow = { nodes: [source, { id: 2, ...newNode(LORAS, { x: 0, y: 0 }) }], links: [], last_link_id: 0, version: 0.4 };
  const face = () => faceOf(workflow, findNode(workflow, 2), definitions);
  const shown = () => face().widgets.map((widget) => [widget.name, widgetValue(findNode(workflow, 2), widget)]);
  const count = (value) => (workflow = choose(workflow, 2, LORAS, face().widgets[1], value));
  assert.deepEqual(shown(), [["before", "head"], ["loras", 1], ["loras.0.lora_name", "A"], ["loras.0.strength", 1], ["loras.0.on", true], ["after", 7]]);
  assert.deepEqual([face().widgets[1].kind, face().widgets[1].options.max], ["int", 3]);
  count(2);
  const strength = face().inputs.find((input) => input.name === "loras.1.strength");
  workflow = connect(workflow, { node: "1", slot: { name: "FLOAT", label: "FLOAT", type: "FLOAT", index: 0, isLinked: false, tooltip: "" } }, { node: "2", slot: strength });
  assert.deepEqual(toPrompt(workflow, definitions)["2"].inputs, {
    before: "head", "loras.0.lora_name": "A", "loras.0.strength": 1, "loras.0.on": true,
    "loras.1.lora_name": "A", "loras.1.strength": ["1", 0], "loras.1.on": true, after: 7,
  });
  assert.deepEqual(findNode(workflow, 2).widgets_values, ["head", 2, "A", 1, true, "A", 1, true, 7]);
  count(1);
  assert.deepEqual([workflow.links, findNode(workflow, 2).widgets_values], [[], ["head", 1, "A", 1, true, 7]]);
  count(0);
  assert.equal(shown().length, 6, "as many as there must be");
});

test("a prompt opens with its rows", () => {
  const inputs = { before: "x", "loras.0.lora_name": "B", "loras.0.strength": 0.5, "loras.1.lora_name": "A", "loras.1.strength": 2, "loras.1.on": false, after: 1 };
  const opened = fromPrompt({ 5: { class_type: "Loras", inputs } }, definitions);
  assert.deepEqual(findNode(opened, 5).widgets_values, ["x", 2, "B", 0.5, true, "A", 2, false, 1]);
});

test("values of rows are called with their row, counted from 1", () => {
  assert.deepEqual(["loras.0.lora_name", "mode.loras.11.strength", "mode.by", "cfg"].map(wordsOf), ["1: lora name", "12: strength", "by", "cfg"]);
});
