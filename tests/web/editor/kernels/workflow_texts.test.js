// What drafts are written from: the same text as of the whole, of which only what has changed is made anew.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { changeNode } from "../../../../web/editor/document/edits.js";
import { parseJson, writeJson } from "../../../../web/editor/document/json.js";
import { withNames } from "../../../../web/editor/kernels/named_values.js";
import { WorkflowTexts } from "../../../../web/editor/kernels/workflow_texts.js";

const read = (name) => readFileSync(join(import.meta.dirname, `../../../../web/editor/${name}.json`), "utf8");
const KSAMPLER = { input: { required: { large: ["INT", {}], steps: ["INT", {}] } }, input_order: { required: ["large", "steps"] }, output: [], output_name: [], name: "KSampler" };
const ALWAYS = () => true;

test("the text of parts is that of the whole, with large numbers, subgraphs and names", () => {
  const plain = parseJson(read("templates/for_each"));
  const subgraph = { id: "s", nodes: [{ id: 1, type: "KSampler", widgets_values: [18446744073709551615n, 20] }], links: [] };
  const nodes = [...plain.nodes, { id: 99, type: "KSampler", widgets_values: [18446744073709551615n, 3] }];
  const workflow = { ...plain, nodes, definitions: { subgraphs: [subgraph] }, extra: { note: "a,\"b\"", gone: undefined }, config: null, gone: undefined };
  for (const definitions of [{}, { KSampler: KSAMPLER }]) {
    const texts = new WorkflowTexts();
    const whole = writeJson(withNames(workflow, definitions));
    assert.equal(texts.of(workflow, definitions), whole);
    assert.equal(texts.of(workflow, definitions), whole);
    const changed = changeNode(workflow, "99", (node) => ({ ...node, widgets_values: [7, 4] }));
    assert.equal(texts.of(changed, definitions), writeJson(withNames(changed, definitions)));
  }
  assert.match(writeJson(withNames(workflow, { KSampler: KSAMPLER })), /"widgets_values_named":\{"large":18446744073709551615,"steps":3\}/);
});

test("what is known of node classes later is written by name then", () => {
  const workflow = { nodes: [{ id: 1, type: "KSampler", widgets_values: [1, 2] }], links: [] };
  const texts = new WorkflowTexts();
  assert.ok(!texts.of(workflow, {}).includes("widgets_values_named"));
  assert.ok(texts.of(workflow, { KSampler: KSAMPLER }).includes('"widgets_values_named":{"large":1,"steps":2}'));
});

test("a large workflow is written in slices, each node once, and after a change only what is another", () => {
  let calls = 0;
  const counting = (id) => ({ id, type: "Note", toJSON: () => (calls++, { id }) });
  const workflow = { nodes: Array.from({ length: 50 }, (_none, id) => counting(id)), links: [] };
  const texts = new WorkflowTexts();
  let slices = 0;
  const none = {};
  const takes = (count) => () => count-- > 0;
  while (!slices < 100 && !texts.prepare(workflow, none, takes(8))) slices += 1;
  assert.equal(slices, 6);
  assert.equal(calls, 50);
  const changed = { ...workflow, nodes: workflow.nodes.map((node) => (node.id === 7 ? counting(7) : node)) };
  assert.ok(texts.prepare(changed, none, ALWAYS));
  assert.equal(JSON.parse(texts.of(changed, none)).nodes.length, 50);
  assert.equal(calls, 51);
});
