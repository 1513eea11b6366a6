// What reroutes carry: from their source, from what they feed, along chains and across the edge of a subgraph.
import assert from "node:assert/strict";
import test from "node:test";
import { dropLinks } from "../../../../web/editor/document/edits.js";
import { openGraph } from "../../../../web/editor/document/scopes.js";
import { INPUT_BOX } from "../../../../web/editor/document/slots.js";
import { findNode } from "../../../../web/editor/document/workflow.js";
import { connect, fittingSlots, whyNot } from "../../../../web/editor/kernels/connecting.js";
import { faceOf } from "../../../../web/editor/kernels/faces.js";
import { insertOnLink } from "../../../../web/editor/kernels/healing.js";
import { makeSubgraph } from "../../../../web/editor/kernels/make_subgraph.js";
import { newNode } from "../../../../web/editor/kernels/new_node.js";
import { buildScene } from "../../../../web/editor/kernels/scene.js";
import { searchNodes } from "../../../../web/editor/kernels/search.js";
import { VIRTUAL_NODES } from "../../../../web/editor/kernels/virtual_nodes.js";

const declared = (name, required, output) => ({ name, display_name: name, category: "", input: { required }, output });
const DEFINITIONS = {
  Decode: declared("Decode", { samples: ["LATENT"] }, ["IMAGE"]),
  Save: declared("Save", { images: ["IMAGE"], prefix: ["STRING", { default: "a" }] }, []),
  Scale: declared("Scale", { image: ["IMAGE"] }, ["IMAGE"]),
};

/** A workflow of these classes, ids from 1, linked as `[from, to, input]`. */
function wired(types, links) {
  const nodes = types.map((type, at) => ({ ...newNode(DEFINITIONS[type] ?? VIRTUAL_NODES[type], { x: 300 * at, y: 0 }), id: at + 1 }));
  return links.reduce((workflow, [from, to, input]) => linked(workflow, from, to, input), { nodes, links: [], version: 0.4 });
}

function linked(workflow, from, to, input = 0) {
  return connect(workflow, { node: String(from), slot: face(workflow, from).outputs[0] }, { node: String(to), slot: face(workflow, to).inputs[input] });
}

const face = (workflow, id) => faceOf(workflow, findNode(workflow, id), DEFINITIONS);
const output = (workflow, id) => ({ node: String(id), side: "output", slot: face(workflow, id).outputs[0] });
const input = (workflow, id, at = 0) => ({ node: String(id), side: "input", slot: face(workflow, id).inputs[at] });

test("a fed reroute gives its source's type, along a chain too, and says why a link does not fit", () => {
  const workflow = wired(["Decode", "Reroute", "Reroute", "Save"], [[1, 2], [2, 3]]);
  assert.equal(output(workflow, 3).slot.type, "IMAGE");
  assert.match(whyNot(workflow, output(workflow, 3), input(workflow, 4, 1)), /IMAGE.*prefix.*STRING/);
  const scene = buildScene(workflow, DEFINITIONS, () => false);
  assert.deepEqual([...fittingSlots(workflow, scene, output(workflow, 3))], ["4/input/images"]);
  const fit = { type: output(workflow, 3).slot.type, side: "output" };
  assert.deepEqual(searchNodes(DEFINITIONS, "", [fit]).map(({ name }) => name).sort(), ["Reroute", "Save", "Scale"]);
  assert.equal(face(workflow, 3).inputs[0].type, "*", "what feeds nothing takes another source");
  assert.equal(face(workflow, 3).inputs[0].carried, "IMAGE");
});

test("a reroute without a source takes and gives what it feeds; without links anything", () => {
  const workflow = wired(["Decode", "Reroute", "Reroute", "Save"], [[3, 4], [2, 3]]);
  assert.equal(input(workflow, 2).slot.type, "IMAGE");
  assert.equal(output(workflow, 2).slot.type, "IMAGE");
  assert.match(whyNot(workflow, output(workflow, 2), input(workflow, 1)), /LATENT/);
  const loose = dropLinks(workflow, new Set([1]));
  assert.deepEqual([input(loose, 2).slot.type, output(loose, 2).slot.type], ["*", "*"]);
});

test("links of reroutes have the colour of what they carry, also where the file says another", () => {
  const chained = wired(["Decode", "Reroute", "Reroute"], [[2, 3]]);
  const workflow = linked(chained, 1, 2);
  const types = (of) => buildScene(of, DEFINITIONS, () => false).links.map(({ type }) => type);
  assert.deepEqual(types(chained), ["*"]);
  assert.deepEqual(types(workflow), ["IMAGE", "IMAGE"]);
});

test("a node goes between reroutes only where it fits what they carry", () => {
  const workflow = wired(["Decode", "Reroute", "Reroute", "Scale", "Decode"], [[2, 3], [1, 2]]);
  assert.equal(insertOnLink(workflow, "5", 1, DEFINITIONS), workflow);
  assert.notEqual(insertOnLink(workflow, "4", 1, DEFINITIONS), workflow);
});

test("reroutes at the edge of a subgraph have their type on both of its sides", () => {
  const workflow = wired(["Decode", "Reroute", "Save"], [[1, 2], [2, 3]]);
  const made = makeSubgraph(workflow, new Set(["2"]), "Inner");
  const host = made.workflow.nodes.find(({ type }) => made.workflow.definitions.subgraphs.some(({ id }) => id === type));
  const [definition] = made.workflow.definitions.subgraphs;
  assert.deepEqual([definition.inputs[0].type, definition.outputs[0].type], ["IMAGE", "IMAGE"]);

  const any = { ...definition, inputs: definition.inputs.map((slot) => ({ ...slot, type: "*" })), outputs: definition.outputs.map((slot) => ({ ...slot, type: "*" })) };
  const untyped = {
    ...made.workflow,
    definitions: { subgraphs: [any] },
    nodes: made.workflow.nodes.map((node) => (node === host ? { ...node, inputs: [{ ...node.inputs[0], type: "*" }], outputs: [{ ...node.outputs[0], type: "*" }] } : node)),
  };
  assert.equal(output(untyped, host.id).slot.type, "IMAGE", "what passes through is what goes in");
  const graph = openGraph(untyped, any.id);
  assert.equal(faceOf(graph, findNode(graph, INPUT_BOX), DEFINITIONS).outputs[0].type, "*");
});

test("a circle of reroutes in a file is of no type", () => {
  const workflow = wired(["Reroute", "Reroute"], [[1, 2], [2, 1]]);
  assert.deepEqual([output(workflow, 1).slot.type, input(workflow, 1).slot.type], ["*", "*"]);
});
