// Subgraphs: made, opened, edited, unpacked; whatever is done, the workflow means what it meant.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { WorkflowDocument } from "../../../../web/editor/document/document.js";
import { changeNode, moveNodes, removeNodes } from "../../../../web/editor/document/edits.js";
import { parseJson, writeJson } from "../../../../web/editor/document/json.js";
import { openText } from "../../../../web/editor/document/opening.js";
import { addBend, bendsOf, waysOf, withBends } from "../../../../web/editor/document/reroutes.js";
import { closeGraph, openGraph } from "../../../../web/editor/document/scopes.js";
import { findNode, linksById, nodesById } from "../../../../web/editor/document/workflow.js";
import { connect } from "../../../../web/editor/kernels/connecting.js";
import { removeBoxSlot } from "../../../../web/editor/kernels/box_slots.js";
import { toPrompt } from "../../../../web/editor/kernels/conversion.js";
import { faceOf } from "../../../../web/editor/kernels/faces.js";
import { withoutGroupNodes } from "../../../../web/editor/kernels/group_nodes.js";
import { makeSubgraph } from "../../../../web/editor/kernels/make_subgraph.js";
import { withNames } from "../../../../web/editor/kernels/named_values.js";
import { followWidgets, showThrough } from "../../../../web/editor/kernels/moved_widgets.js";
import { togglePromoted } from "../../../../web/editor/kernels/promotion.js";
import { flatten, unpack, withoutUnused } from "../../../../web/editor/kernels/unpack.js";
import { widgetsInRows } from "../../../../web/editor/kernels/turned_inputs.js";
import { widgetValue, withWidgetValue } from "../../../../web/editor/kernels/widget_values.js";
import { meaning } from "./meaning.js";
import { EDITS, randomFrom, someNodes } from "./random_edits.js";

const DEFAULT = readFileSync(join(import.meta.dirname, "../../../../web/editor/default_workflow.json"), "utf8");
const reference = process.env.SKEIN_REFERENCE ?? "";
const known = reference ? parseJson(readFileSync(join(reference, "object_info.json"), "utf8")) : {};
const samples = ["workflows", "conversion"].flatMap((folder) => {
  const path = join(reference, folder);
  if (!reference || !existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(".json") && !name.endsWith(".api.json"))
    .map((name) => ({ name, path: join(path, name), workflow: parseJson(readFileSync(join(path, name), "utf8")) }))
    .filter(({ workflow }) => workflow.definitions?.subgraphs?.length);
});

test("a selection becomes one node, and unpacking it gives the same prompt", () => {
  const workflow = parseJson(DEFAULT);
  const before = meaning(toPrompt(workflow, {}));
  const made = makeSubgraph(workflow, new Set(["3", "4", "5"]), "Sample");
  const host = findNode(made.workflow, made.id);
  assert.deepEqual(host.inputs.map((slot) => slot.type).sort(), ["CLIP", "LATENT", "MODEL"]);
  assert.deepEqual(host.outputs.map((slot) => slot.type), ["LATENT"]);
  checkLinks(made.workflow);
  const unpacked = unpack(made.workflow, made.id, {});
  assert.equal(unpacked.ids.length, 3);
  assert.equal(withoutUnused(made.workflow, host.type), made.workflow);
  assert.deepEqual(withoutUnused(unpacked.workflow, host.type).definitions.subgraphs, []);
  checkLinks(unpacked.workflow);
  assert.deepEqual(meaning(toPrompt(unpacked.workflow, {})), before);
});

test("nested subgraphs of random selections flatten to the prompt that was there before", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = randomFrom(seed);
    let workflow = parseJson(DEFAULT);
    const before = meaning(toPrompt(workflow, {}));
    for (let depth = 0; depth < 3; depth += 1) {
      workflow = makeSubgraph(workflow, someNodes(workflow, random), `Depth ${depth}`)?.workflow ?? workflow;
      checkLinks(workflow);
    }
    assert.deepEqual(meaning(toPrompt(flatten(workflow, {}), {})), before, `seed ${seed}`);
    assert.deepEqual(flatten(parseJson(writeJson(workflow)), {}), flatten(workflow, {}));
  }
});

for (const { name, path, workflow } of samples) {
  const expected = path.replace(/\.json$/, ".api.json");
  test(`${name} flattens to the prompt of the reference, and the same after saving and opening`, () => {
    const flat = flatten(workflow, known);
    assert.deepEqual(flatten(parseJson(writeJson(workflow)), known), flat);
    checkLinks(flat);
    if (!existsSync(expected)) return;
    const prompt = parseJson(readFileSync(expected, "utf8"));
    // The reference runs what is inside of a bypassed subgraph that lies in another one.
    if (!prompt.error && !name.includes("nested_inner_bypassed")) assert.deepEqual(meaning(toPrompt(flat, known)), meaning(prompt));
  });

  test(`${name} is the same after each of its subgraphs was opened, moved and moved back`, () => {
    let edited = workflow;
    for (const { id } of workflow.definitions.subgraphs) {
      assert.equal(closeGraph(edited, id, openGraph(edited, id)), edited);
      const ids = new Set(openGraph(edited, id).nodes.map((node) => String(node.id)));
      edited = closeGraph(edited, id, moveNodes(openGraph(edited, id), ids, { x: 5, y: 5 }));
      edited = closeGraph(edited, id, moveNodes(openGraph(edited, id), ids, { x: -5, y: -5 }));
    }
    assert.deepEqual(toPrompt(flatten(edited, known), known), toPrompt(flatten(workflow, known), known));
    assert.deepEqual(Object.keys(edited).sort(), Object.keys(workflow).sort());
    assert.deepEqual(edited.definitions.subgraphs.map((subgraph) => Object.keys(subgraph).sort()), workflow.definitions.subgraphs.map((subgraph) => Object.keys(subgraph).sort()));
  });
}

test("a link to the empty slot of a box makes a slot, which every node of that subgraph gets", () => {
  const { document, first } = openedTwice();
  const [inputs, decode] = [findNode(document.graph, -10), [...nodesById(document.graph).values()].find((node) => node.type === "VAEDecode")];
  document.edit("Connect", (graph) => connect(graph, { node: "-10", slot: { name: "+", type: "*", index: inputs.outputs.length - 1 } }, { node: String(decode.id), slot: { name: "vae", label: "vae", type: "VAE", index: 1, isWidget: false } }));
  const hosts = document.workflow.nodes.filter((node) => node.type === first);
  assert.equal(hosts.length, 2);
  for (const host of hosts) assert.deepEqual(host.inputs.at(-1), { link: null, name: "vae_2", type: "VAE" });
  checkLinks(document.workflow);
  document.undo();
  checkLinks(document.workflow);
  assert.equal(document.workflow.nodes.filter((node) => node.type === first)[0].inputs.length, 2);
});

test("an input that leads to a widget is a widget of the node, and its value wins over the one inside", () => {
  const workflow = parseJson(DEFAULT);
  const definitions = { KSampler: { name: "KSampler", input: { required: { seed: ["INT", {}], steps: ["INT", { default: 20 }] } }, output: ["LATENT"] } };
  const made = makeSubgraph(workflow, new Set(["5"]), "Sample");
  const host = findNode(made.workflow, made.id);
  const id = host.type;
  const inner = findNode(openGraph(made.workflow, id), 5);
  const promoted = closeGraph(made.workflow, id, connect(openGraph(made.workflow, id), { node: "-10", slot: { name: "+", type: "*", index: 4 } }, { node: "5", slot: { name: "seed", label: "seed", type: "INT", index: inner.inputs.findIndex((slot) => slot.name === "seed"), isWidget: true } }));
  const after = findNode(promoted, made.id);
  const { widgets } = faceOf(promoted, after, definitions);
  assert.deepEqual(widgets.map(({ name, kind, initial }) => [name, kind, initial]), [["seed", "int", inner.widgets_values[0]]]);
  const set = changeNode(promoted, made.id, (node) => withWidgetValue(node, widgets, widgets[0], 77));
  const sampler = flatten(set, definitions).nodes.find((node) => node.type === "KSampler");
  assert.equal(sampler.widgets_values[0], 77);
});

test("of a subgraph's inputs those are optional that no node inside needs", () => {
  const definitions = { VAEDecode: { name: "VAEDecode", input: { required: { samples: ["LATENT", {}] }, optional: { vae: ["VAE", {}] } }, output: ["IMAGE"] } };
  const made = makeSubgraph(parseJson(DEFAULT), new Set(["6"]), "Decode");
  const { inputs } = faceOf(made.workflow, findNode(made.workflow, made.id), definitions);
  assert.deepEqual(inputs.map(({ name, isOptional }) => [name, isOptional]), [["samples", false], ["vae", true]]);
  const box = openGraph(made.workflow, findNode(made.workflow, made.id).type).nodes.at(-1);
  assert.ok(faceOf(made.workflow, box, definitions).inputs.every(({ name, isOptional }) => name === "+" || !isOptional));
});

test("removing a slot drops its links at every node of that subgraph", () => {
  const { document, first } = openedTwice();
  document.edit("Remove input", (graph) => removeBoxSlot(graph, "-10", 0));
  for (const host of document.workflow.nodes.filter((node) => node.type === first)) assert.equal(host.inputs.length, 1);
  checkLinks(document.workflow);
});

test("N random edits, in and out of subgraphs, and N undos give the same bytes; redo gives the edited ones", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = randomFrom(seed);
    const document = new WorkflowDocument(parseJson(DEFAULT), "x");
    const before = writeJson(document.workflow);
    let steps = 0;
    for (let count = 0; count < 25; count += 1) {
      const previous = document.workflow;
      document.edit("edit", (graph) => EDITS[Math.floor(random() * EDITS.length)](graph, random, {}));
      if (document.workflow !== previous) steps += 1;
      checkLinks(document.workflow);
      const inner = document.workflow.definitions?.subgraphs?.at(-1);
      document.scope.value = inner && random() < 0.4 ? [{ host: "1", definition: inner.id }] : [];
    }
    const after = writeJson(document.workflow);
    for (let count = 0; count < steps; count += 1) document.undo();
    assert.equal(writeJson(document.workflow), before, `seed ${seed}`);
    assert.equal(document.history.canUndo, false);
    for (let count = 0; count < steps; count += 1) document.redo();
    assert.equal(writeJson(document.workflow), after);
  }
});

/** A document with a subgraph used by two nodes, and opened. */
function openedTwice() {
  const made = makeSubgraph(parseJson(DEFAULT), new Set(["6"]), "Decode");
  const host = findNode(made.workflow, made.id);
  const twin = { ...host, id: 99, inputs: host.inputs.map((slot) => ({ ...slot, link: null })), outputs: host.outputs.map((slot) => ({ ...slot, links: [] })) };
  const document = new WorkflowDocument({ ...made.workflow, nodes: [...made.workflow.nodes, twin] }, "x");
  document.scope.value = [{ host: made.id, definition: host.type }];
  return { document, first: host.type };
}

/** Every link is known at both of its ends, in the workflow and inside its subgraphs. */
function checkLinks(workflow) {
  const graphs = [workflow, ...(workflow.definitions?.subgraphs ?? []).map(({ id }) => openGraph(workflow, id))];
  for (const graph of graphs) {
    const nodes = nodesById(graph);
    for (const link of linksById(graph).values()) {
      const [source, target] = [nodes.get(String(link.from)), nodes.get(String(link.to))];
      assert.ok(source?.outputs[link.fromSlot]?.links.includes(link.id), `link ${link.id} leaves node ${link.from}`);
      assert.equal(target?.inputs[link.toSlot]?.link, link.id, `link ${link.id} reaches node ${link.to}`);
    }
    for (const node of graph.nodes) {
      for (const slot of node.inputs ?? []) assert.ok(slot.link == null || linksById(graph).has(slot.link), `input ${slot.name} of ${node.id}`);
    }
  }
}

test("a widget that is shown outside stays so, with its value, when its node goes into a nested subgraph and comes out again", () => {
  const known = { KSampler: { name: "KSampler", input: { required: { seed: ["INT", { control_after_generate: true }], steps: ["INT", {}], cfg: ["FLOAT", {}] } }, output: ["LATENT"] } };
  const made = makeSubgraph(parseJson(DEFAULT), new Set(["3", "4", "5", "6"]), "Outer");
  const type = findNode(made.workflow, made.id).type;
  const shown = togglePromoted(togglePromoted(made.workflow, made.id, "5", "steps"), made.id, "5", "cfg");
  const workflow = changeNode(shown, made.id, (node) => ({ ...node, widgets_values: [3, 7] }));
  const around = makeSubgraph(workflow, new Set([made.id]), "Around");
  const whole = togglePromoted(around.workflow, around.id, made.id, "5/steps");
  const check = (value, name) => {
    const flat = flatten(value, known);
    const { steps, cfg } = Object.values(toPrompt(flat, known)).find(({ class_type: given }) => given === "KSampler").inputs;
    assert.deepEqual([steps, cfg], [9, 7]);
    assert.deepEqual(findNode(value, around.id).properties.proxyWidgets, [[made.id, name]]);
  };
  const before = changeNode(whole, around.id, (node) => ({ ...node, widgets_values: [9] }));
  check(before, "5/steps");
  const written = (name) => changeNode(before, around.id, (node) => ({ ...node, properties: { proxyWidgets: [[made.id, name]] } }));
  for (const name of ["5: steps", "steps"]) check(written(name), name);
  const chosen = new Set(["5", "6"]);
  const inner = makeSubgraph(openGraph(before, type), chosen, "Inner");
  const nested = showThrough(closeGraph(before, type, inner.workflow), type, chosen, inner.id);
  check(nested, `${inner.id}/5/steps`);
  assert.deepEqual(findNode(openGraph(nested, type), inner.id).properties.proxyWidgets, [["5", "steps"], ["5", "cfg"]]);
  const unpacked = unpack(openGraph(nested, type), inner.id, known);
  const after = followWidgets(closeGraph(nested, type, unpacked.workflow), type, (id, name) => (id === inner.id && unpacked.follow(name)) || [id, name]);
  check(after, `${unpacked.ids[0]}/steps`);
});

test("of a deleted node inside nothing is shown outside, and undo shows its value again", () => {
  const known = { KSampler: { name: "KSampler", input: { required: { seed: ["INT", {}], steps: ["INT", {}] } }, output: ["LATENT"] } };
  const made = makeSubgraph(parseJson(DEFAULT), new Set(["3", "4", "5", "6"]), "Outer");
  const type = findNode(made.workflow, made.id).type;
  const shown = changeNode(togglePromoted(made.workflow, made.id, "5", "steps"), made.id, (node) => ({ ...node, widgets_values: [3] }));
  const rows = (value, definitions) => widgetsInRows(faceOf(value, findNode(value, made.id), definitions)).map((widget) => [widget.options.label, widgetValue(findNode(value, made.id), widget)]);
  assert.deepEqual(rows(shown, known), [["steps", 3]]);
  assert.deepEqual(rows(shown, {}), [["steps", 3]]);
  assert.deepEqual(rows(closeGraph(shown, type, removeNodes(openGraph(shown, type), new Set(["5"]))), known), []);
});

test("an old group node opens as a subgraph with its own values and links", () => {
  const inner = (type, values, inputs, output = "IMAGE") => ({ id: -1, type, pos: [9, 9], size: [200, 80], inputs, outputs: [{ name: output, type: output, links: [] }], widgets_values: values });
  const groupNodes = {
    G: {
      nodes: [inner("Blank", [64, 64], []), inner("Invert", [], [{ name: "image", type: "IMAGE", link: null }]), inner("Mix", [0.5], [{ name: "a", type: "IMAGE", link: null }, { name: "b", type: "IMAGE", link: null }])],
      links: [[0, 0, 1, 0, 1, "IMAGE"], [1, 0, 2, 0, 2, "IMAGE"]],
      external: [[0, 0, "IMAGE"]],
    },
  };
  const host = { id: 5, type: "workflow>G", pos: [0, 0], size: [200, 80], inputs: [{ name: "b", type: "IMAGE", link: 3 }], outputs: [{ name: "Blank", type: "IMAGE", links: [] }, { name: "Mix", type: "IMAGE", links: [2] }], widgets_values: [32, 48, 0.25] };
  const source = { id: 1, type: "Load", pos: [0, 0], size: [9, 9], inputs: [], outputs: [{ name: "IMAGE", type: "IMAGE", links: [3] }] };
  const sink = { id: 2, type: "Save", pos: [0, 0], size: [9, 9], inputs: [{ name: "images", type: "IMAGE", link: 2 }], outputs: [] };
  const old = { nodes: [source, host, sink], links: [[3, 1, 0, 5, 0, "IMAGE"], [2, 5, 1, 2, 0, "IMAGE"]], groups: [], last_node_id: 5, last_link_id: 3, version: 0.4, extra: { groupNodes, kept: 1 } };
  const size = ["INT", {}];
  const definitions = { Blank: { name: "Blank", input: { required: { width: size, height: size } }, output: ["IMAGE"] }, Mix: { name: "Mix", input: { required: { a: ["IMAGE"], b: ["IMAGE"], width: ["FLOAT", {}] } }, output: ["IMAGE"] } };
  groupNodes.G.config = { 0: { input: { height: { visible: false } } } };
  const opened = withoutGroupNodes(old, definitions);
  const shownOutside = findNode(opened, 5);
  assert.deepEqual(faceOf(opened, shownOutside, definitions).widgets.map((widget) => [widget.options.label, widgetValue(shownOutside, widget)]), [["width", 32], ["Mix: width", 0.25]]);
  checkLinks(opened);
  assert.deepEqual(opened.extra, { kept: 1 });
  assert.equal(opened.definitions.subgraphs[0].name, "G");
  const flat = flatten(opened, {});
  const [blank, invert, mix] = ["Blank", "Invert", "Mix"].map((type) => flat.nodes.find((node) => node.type === type));
  assert.deepEqual([blank, mix].map((node) => node.widgets_values), [[32, 48], [0.25]]);
  const ends = [...linksById(flat).values()].map(({ from, to, toSlot }) => [from, to, toSlot]).sort();
  assert.deepEqual(ends, [[blank.id, invert.id, 0], [invert.id, mix.id, 0], [1, mix.id, 1], [mix.id, 2, 0]].sort());
  const unmade = { ...old, extra: {} };
  assert.equal(withoutGroupNodes(unmade, {}), unmade);
});

test("bends go into a subgraph with the links inside, and stay on the links outside", () => {
  const workflow = parseJson(DEFAULT);
  const links = [...linksById(workflow).values()];
  const inside = links.find((link) => link.from === 3 && link.to === 5);
  const outside = links.find((link) => link.from === 5);
  const bent = addBend(addBend(workflow, inside.id, { x: 1, y: 2 }, 0), outside.id, { x: 3, y: 4 }, 0);
  const made = makeSubgraph(bent, new Set(["3", "5"]), "Sample").workflow;
  const pos = (graph) => [...waysOf(graph)].map(([id, way]) => [id, way.map((bend) => bend.pos)]);
  assert.deepEqual(pos(made), [[outside.id, [[3, 4]]]]);
  assert.deepEqual(pos(openGraph(made, made.definitions.subgraphs[0].id)), [[inside.id, [[1, 2]]]]);
});

/** The default workflow with bends everywhere: two links of the clip share one, and the links at the border have one each. */
function bentDefault() {
  const workflow = parseJson(DEFAULT);
  const links = [...linksById(workflow).values()];
  const clips = links.filter((link) => link.type === "CLIP").map((link) => link.id);
  const shared = { id: 1, pos: [5, 6], linkIds: clips };
  const own = links.filter((link) => link.type !== "CLIP").map((link, index) => ({ id: 2 + index, pos: [10 * index, 7], linkIds: [link.id] }));
  const parents = [...clips.map((id) => [id, 1]), ...own.map((bend) => [bend.linkIds[0], bend.id])];
  return withBends(workflow, [shared, ...own], new Map(parents));
}

test("nested subgraphs of random selections flatten to as many bends as there were, in use by the links that they name", () => {
  const bent = bentDefault();
  const count = (graph) => [...waysOf(graph).values()].flat().length;
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = randomFrom(seed);
    let workflow = bent;
    for (let depth = 0; depth < 2; depth += 1) workflow = makeSubgraph(workflow, someNodes(workflow, random), `Depth ${depth}`)?.workflow ?? workflow;
    const flat = flatten(workflow, {});
    assert.deepEqual(flatten(parseJson(writeJson(workflow)), {}), flat, `seed ${seed}`);
    assert.equal(count(flat), count(bent), `seed ${seed}`);
    for (const bend of bendsOf(flat).reroutes) for (const id of bend.linkIds) assert.ok(waysOf(flat).get(id).some((other) => other.id === bend.id));
  }
});

test("an unpacked link goes through the bends before the subgraph, inside and behind it", () => {
  const slot = (link) => [{ name: "x", type: "X", link }];
  const output = (...links) => [{ name: "x", type: "X", links }];
  const sub = {
    id: "sub",
    inputs: [{ id: "i", name: "x", type: "X", linkIds: [1] }],
    outputs: [{ id: "o", name: "x", type: "X", linkIds: [2] }],
    nodes: [{ id: 5, type: "Mid", pos: [100, 0], size: [200, 100], inputs: slot(1), outputs: output(2) }],
    links: [[1, -10, 5, 4], [2, 5, -20, 5]].map(([id, origin_id, target_id, parentId]) => ({ id, origin_id, origin_slot: 0, target_id, target_slot: 0, type: "X", parentId })),
    reroutes: [{ id: 4, pos: [50, 50], linkIds: [1] }, { id: 5, pos: [350, 50], linkIds: [2] }],
  };
  const nodes = [
    { id: 1, type: "From", pos: [-900, 0], inputs: [], outputs: output(1, 3) },
    { id: 2, type: "sub", pos: [1100, 0], size: [200, 100], inputs: slot(1), outputs: output(2) },
    { id: 3, type: "To", pos: [2000, 0], inputs: slot(2), outputs: [] },
    { id: 4, type: "To", pos: [2000, 500], inputs: slot(3), outputs: [] },
  ];
  const links = [[1, 1, 0, 2, 0, "X"], [2, 2, 0, 3, 0, "X"], [3, 1, 0, 4, 0, "X"]];
  const reroutes = [{ id: 1, pos: [-100, 9], linkIds: [1, 3] }, { id: 2, pos: [1500, 9], linkIds: [2] }];
  const linkExtensions = [{ id: 1, parentId: 1 }, { id: 2, parentId: 2 }, { id: 3, parentId: 1 }];
  const { workflow } = unpack({ nodes, links, version: 0.4, extra: { reroutes, linkExtensions }, definitions: { subgraphs: [sub] } }, 2, {});
  checkLinks(workflow);
  const ways = [...linksById(workflow).values()].map(({ id, to }) => [findNode(workflow, to).type, (waysOf(workflow).get(id) ?? []).map(({ pos }) => pos)]);
  assert.deepEqual(ways, [["To", [[-100, 9]]], ["Mid", [[-100, 9], [1050, 50]]], ["To", [[1350, 50], [1500, 9]]]]);
  assert.deepEqual(bendsOf(workflow).reroutes.find(({ id }) => id === 1).linkIds.length, 2);
});

test("subgraphs that no node is any more stay in the file, as they were", async () => {
  const made = makeSubgraph(parseJson(DEFAULT), new Set(["3"]), "Unused").workflow;
  const host = made.nodes.find((node) => node.type === made.definitions.subgraphs[0].id);
  for (const workflow of [unpack(made, host.id, {}).workflow, removeNodes(made, new Set([String(host.id)]))]) {
    const { workflow: opened } = await openText(writeJson(workflow), "unused.json", {});
    const saved = parseJson(writeJson(withNames(opened, {})));
    assert.deepEqual(saved.definitions, parseJson(writeJson(made.definitions)));
    assert.deepEqual(flatten(saved, {}), flatten(parseJson(writeJson(workflow)), {}));
  }
});
