// The values inside an opened subgraph: those of the node through which it was opened, shown there and edited there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { WorkflowDocument } from "../../../../web/editor/document/document.js";
import { addNode, changeNode } from "../../../../web/editor/document/edits.js";
import { parseJson, writeJson } from "../../../../web/editor/document/json.js";
import { closeGraph, findDefinition, openGraph } from "../../../../web/editor/document/scopes.js";
import { findNode } from "../../../../web/editor/document/workflow.js";
import { connect } from "../../../../web/editor/kernels/connecting.js";
import { faceOf } from "../../../../web/editor/kernels/faces.js";
import { ownerOf, shownGraph, withShownValue } from "../../../../web/editor/kernels/host_values.js";
import { makeSubgraph } from "../../../../web/editor/kernels/make_subgraph.js";
import { togglePromoted } from "../../../../web/editor/kernels/promotion.js";
import { flatten } from "../../../../web/editor/kernels/unpack.js";
import { widgetValue } from "../../../../web/editor/kernels/widget_values.js";

const DEFAULT = parseJson(readFileSync(join(import.meta.dirname, "../../../../web/editor/default_workflow.json"), "utf8"));
const KNOWN = { KSampler: { name: "KSampler", input: { required: { seed: ["INT", { control_after_generate: true }], steps: ["INT", {}], cfg: ["FLOAT", {}] } }, output: ["LATENT"] } };

/** Two nodes of one subgraph that show the sampler's steps and cfg; the second has values of its own. */
function twins() {
  const made = makeSubgraph(DEFAULT, new Set(["3", "5"]), "Inner");
  const type = findNode(made.workflow, made.id).type;
  const shown = togglePromoted(togglePromoted(made.workflow, made.id, "5", "steps"), made.id, "5", "cfg");
  const { id: _id, ...first } = findNode(shown, made.id);
  const { workflow, id } = addNode(shown, { ...first, inputs: first.inputs.map((slot) => ({ ...slot, link: null })), outputs: [], widgets_values: [9, 4] });
  return { workflow, type, first: made.id, second: String(id) };
}

const valueOf = (graph, id, name) => {
  const node = findNode(graph, id);
  return widgetValue(node, faceOf(graph, node, KNOWN).widgets.find((widget) => widget.name === name));
};
const place = (workflow, scope, id, name) => {
  const graph = shownGraph(workflow, scope, KNOWN);
  return { scope, id, widget: faceOf(graph, findNode(graph, id), KNOWN).widgets.find((widget) => widget.name === name) };
};

test("inside, a value is that of the node that was opened, and is changed there and nowhere else", () => {
  const { workflow, type, first, second } = twins();
  const at = (host) => [{ host, definition: type }];
  const steps = (value) => [first, second].map((host) => valueOf(shownGraph(value, at(host), KNOWN), "5", "steps"));
  assert.deepEqual(steps(workflow), [20, 9]);
  const document = new WorkflowDocument(workflow, "x");
  const before = writeJson(workflow);
  const changed = place(workflow, at(second), "5", "steps");
  document.editWhole("Change steps", (value) => withShownValue(value, KNOWN, changed, 7));
  assert.deepEqual(steps(document.workflow), [20, 7]);
  assert.equal(findDefinition(document.workflow, type), findDefinition(workflow, type));
  assert.deepEqual(findNode(document.workflow, second).widgets_values, [7, 4]);
  const own = place(workflow, at(second), "5", "seed");
  assert.equal(ownerOf(workflow, KNOWN, own), own);
  document.editWhole("Change seed", (value) => withShownValue(value, KNOWN, own, 5));
  assert.equal(findNode(openGraph(document.workflow, type), 5).widgets_values[0], 5);
  document.undo();
  document.undo();
  assert.equal(writeJson(document.workflow), before);
});

test("the value of a nested subgraph is changed at the outermost node that shows it, and that is what is run", () => {
  const { workflow, type, second } = twins();
  const around = makeSubgraph(workflow, new Set([second]), "Around");
  const outer = findNode(around.workflow, around.id).type;
  const whole = changeNode(togglePromoted(around.workflow, around.id, second, "5/steps"), around.id, (node) => ({ ...node, widgets_values: [11] }));
  const scope = [{ host: around.id, definition: outer }, { host: second, definition: type }];
  const shown = (value) => ["steps", "cfg"].map((name) => valueOf(shownGraph(value, scope, KNOWN), "5", name));
  assert.deepEqual(shown(whole), [11, 4]);
  const steps = withShownValue(whole, KNOWN, place(whole, scope, "5", "steps"), 12);
  assert.deepEqual(findNode(steps, around.id).widgets_values, [12]);
  const both = withShownValue(steps, KNOWN, place(steps, scope, "5", "cfg"), 2);
  assert.deepEqual(findNode(openGraph(both, outer), second).widgets_values, [9, 2]);
  assert.deepEqual(shown(both), [12, 2]);
  const run = flatten(parseJson(writeJson(both)), KNOWN).nodes.filter((node) => node.type === "KSampler").map((node) => node.widgets_values.slice(2, 4));
  assert.deepEqual(run.sort(), [[12, 2], [20, 3]].sort());
});

test("an input of the subgraph that leads to several values gives each of them its own", () => {
  const { id: _id, ...sampler } = findNode(DEFAULT, "5");
  const made = makeSubgraph(addNode(DEFAULT, { ...sampler, inputs: [], outputs: [] }).workflow, new Set(["5", "8"]), "Two");
  const type = findNode(made.workflow, made.id).type;
  const to = (graph, id, from) => {
    const input = faceOf(graph, findNode(graph, id), KNOWN).inputs.find((slot) => slot.name === "steps");
    return connect(graph, { node: "-10", slot: from }, { node: id, slot: input });
  };
  const once = closeGraph(made.workflow, type, to(openGraph(made.workflow, type), "5", { name: "+", type: "*", index: findDefinition(made.workflow, type).inputs.length }));
  const index = findDefinition(once, type).inputs.length - 1;
  const twice = closeGraph(once, type, to(openGraph(once, type), "8", { name: "steps", type: "INT", index }));
  const set = changeNode(twice, made.id, (node) => ({ ...node, widgets_values: [6] }));
  const steps = flatten(set, KNOWN).nodes.filter((node) => node.type === "KSampler").map((node) => node.widgets_values[2]);
  assert.deepEqual(steps, [6, 6]);
});
