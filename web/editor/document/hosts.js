// Keeping the nodes that are a subgraph in step with its definition: their slots, their links, their values.
import { inputPlace, linksById, readLink, writeLink } from "./workflow.js";
/** @import {SubgraphDefinition, SubgraphSlot, Workflow, WorkflowNode} from "./types.js" */

/** @typedef {{before: SubgraphDefinition, after: SubgraphDefinition, values: number[]}} Change `values`: where each promoted value was; -1 is new */

/**
 * The workflow in which every node of this subgraph has its new slots.
 * @param {Workflow} workflow
 * @param {SubgraphDefinition} before
 * @param {SubgraphDefinition} after
 * @returns {Workflow}
 */
export function syncHosts(workflow, before, after) {
  if (sameSlots(before.inputs, after.inputs) && sameSlots(before.outputs, after.outputs)) return workflow;
  const change = { before, after, values: placesBefore(promotedSlots(before), promotedSlots(after)) };
  return changeGraphs(workflow, (graph) => syncGraph(graph, change));
}

/**
 * Apply a pure edit to the workflow itself and to the inside of each of its subgraphs.
 * @param {Workflow} workflow
 * @param {(graph: Workflow) => Workflow} change
 * @returns {Workflow}
 */
export function changeGraphs(workflow, change) {
  const next = change(workflow);
  const before = next.definitions?.subgraphs;
  if (!before) return next;
  const subgraphs = before.map((subgraph) => {
    const { definitions: _none, ...inner } = change(/** @type {Workflow} */ (/** @type {unknown} */ ({ ...subgraph, definitions: next.definitions })));
    const isSame = inner.nodes === subgraph.nodes && inner.links === subgraph.links;
    return isSame ? subgraph : /** @type {SubgraphDefinition} */ (/** @type {unknown} */ (inner));
  });
  return subgraphs.every((subgraph, index) => subgraph === before[index]) ? next : { ...next, definitions: { ...next.definitions, subgraphs } };
}

/**
 * The inputs of a subgraph that lead to a widget inside, in the order in which its nodes store their values.
 * @param {SubgraphDefinition} definition
 * @returns {SubgraphSlot[]}
 */
export function promotedSlots(definition) {
  const graph = /** @type {Workflow} */ (/** @type {unknown} */ (definition));
  const links = linksById(graph);
  const nodes = new Map((definition.nodes ?? []).map((node) => [String(node.id), node]));
  return (definition.inputs ?? []).filter((slot) =>
    (slot.linkIds ?? []).some((id) => {
      const link = links.get(id);
      const target = link && nodes.get(String(link.to));
      return Boolean(link && target?.inputs?.[inputPlace(target, link)]?.widget);
    }),
  );
}

/** @param {Workflow} graph @param {Change} change @returns {Workflow} */
function syncGraph(graph, change) {
  /** @type {Map<string, {inputs: number[], outputs: number[]}>} */
  const hosts = new Map();
  for (const node of graph.nodes ?? []) {
    if (node.type === change.after.id) hosts.set(String(node.id), placesAt(node, change));
  }
  if (!hosts.size) return graph;
  const gone = new Set();
  const links = (graph.links ?? []).flatMap((stored) => {
    const link = readLink(stored);
    const toSlot = hosts.get(String(link.to))?.inputs.indexOf(link.toSlot) ?? link.toSlot;
    const fromSlot = hosts.get(String(link.from))?.outputs.indexOf(link.fromSlot) ?? link.fromSlot;
    if (toSlot < 0 || fromSlot < 0) gone.add(link.id);
    if (toSlot < 0 || fromSlot < 0) return [];
    if (toSlot === link.toSlot && fromSlot === link.fromSlot) return [stored];
    return [Array.isArray(stored) ? writeLink({ ...link, toSlot, fromSlot }, graph) : { ...stored, origin_slot: fromSlot, target_slot: toSlot }];
  });
  const nodes = graph.nodes.map((node) => {
    const places = hosts.get(String(node.id));
    return without(places ? syncHost(node, places, change) : node, gone);
  });
  return { ...graph, nodes, links };
}

/**
 * Where each slot of the changed subgraph was at one of its nodes; slots are told by their names there.
 * @param {WorkflowNode} node
 * @param {Change} change
 */
function placesAt(node, { before, after }) {
  const place = (/** @type {SubgraphSlot} */ slot, /** @type {SubgraphSlot[]} */ old = [], /** @type {{name: string}[]} */ shown = []) => {
    const name = old.find((item) => item.id === slot.id)?.name;
    return name === undefined ? -1 : shown.findIndex((item) => item.name === name);
  };
  return {
    inputs: (after.inputs ?? []).map((slot) => place(slot, before.inputs, node.inputs)),
    outputs: (after.outputs ?? []).map((slot) => place(slot, before.outputs, node.outputs)),
  };
}

/** @param {WorkflowNode} node @param {{inputs: number[], outputs: number[]}} places @param {Change} change @returns {WorkflowNode} */
function syncHost(node, { inputs, outputs }, { before, after, values }) {
  const stored = Array.isArray(node.widgets_values) ? node.widgets_values : [];
  const promoted = promotedSlots(after);
  const kept = values.map((place) => (place < 0 ? null : (stored[place] ?? null)));
  const unnamed = (/** @type {any} */ { label: _before, ...slot }) => slot;
  return {
    ...node,
    inputs: (after.inputs ?? []).map((slot, index) => ({
      ...unnamed(node.inputs?.[inputs[index]] ?? { link: null }),
      ...face(slot),
      ...(promoted.includes(slot) ? { widget: { name: slot.name } } : {}),
    })),
    outputs: (after.outputs ?? []).map((slot, index) => ({ ...unnamed(node.outputs?.[outputs[index]] ?? { links: [] }), ...face(slot) })),
    ...(stored.length ? { widgets_values: [...kept, ...stored.slice(promotedSlots(before).length)] } : {}),
  };
}

/** @param {SubgraphSlot} slot */
function face({ name, type, label }) {
  return { name, type: String(type ?? "*"), ...(label ? { label } : {}) };
}

/** @param {WorkflowNode} node @param {ReadonlySet<number>} gone @returns {WorkflowNode} */
function without(node, gone) {
  if (!gone.size) return node;
  const inputs = node.inputs?.map((slot) => (slot.link != null && gone.has(slot.link) ? { ...slot, link: null } : slot));
  const outputs = node.outputs?.map((slot) => (slot.links?.some((id) => gone.has(id)) ? { ...slot, links: slot.links.filter((id) => !gone.has(id)) } : slot));
  return { ...node, ...(inputs ? { inputs } : {}), ...(outputs ? { outputs } : {}) };
}

/** @param {SubgraphSlot[]} [before] @param {SubgraphSlot[]} [after] */
function placesBefore(before = [], after = []) {
  return after.map((slot) => before.findIndex((item) => item.id === slot.id));
}

/** @param {SubgraphSlot[]} [before] @param {SubgraphSlot[]} [after] */
function sameSlots(before = [], after = []) {
  const isSame = (/** @type {SubgraphSlot} */ slot, /** @type {number} */ index) =>
    slot === after[index] || (slot.id === after[index].id && slot.name === after[index].name && slot.label === after[index].label);
  return before.length === after.length && before.every(isSame);
}
