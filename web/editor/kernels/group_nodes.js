// Group nodes, which workflows had before there were subgraphs, become subgraphs: each its own, with its own values.
import { newId } from "../document/ids.js";
import { withLastNode } from "../document/edits.js";
import { INPUT_BOX, OUTPUT_BOX } from "../document/slots.js";
import { lastNodeId, nodePosition, nodeSize } from "../document/workflow.js";
import { boundsOf } from "./geometry.js";
import { definitionOf } from "./faces.js";
import { schemaOf } from "./schema.js";
/** @import {LinkObject, NodeDefinitions, SubgraphDefinition, Workflow, WorkflowNode} from "../document/types.js" */

/** @typedef {Record<string, {input?: Record<string, {visible?: boolean}>}>} Config what is hidden of the node at a place */
/** @typedef {{nodes?: WorkflowNode[], links?: any[][], external?: any[][], config?: Config}} GroupNode as `extra.groupNodes` holds it */

const PREFIX = /^workflow[>/]/;
const GAP = 60;
const BOX_GAP = 120;
const BOX = [160, 60];

/**
 * The workflow with a subgraph for each group node, which shows the same widgets. One whose template is missing, or that
 * has links at its widgets, stays.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @returns {Workflow}
 */
export function withoutGroupNodes(workflow, definitions) {
  const groups = /** @type {Record<string, GroupNode>} */ (workflow.extra?.groupNodes ?? {});
  let next = workflow;
  for (const host of workflow.nodes) {
    const group = PREFIX.test(host.type) ? groups[host.type.replace(PREFIX, "")] : undefined;
    if (group && !host.inputs?.some((slot) => slot.widget && slot.link != null)) next = replaced(next, host, group, definitions);
  }
  if (next === workflow || next.nodes.some((node) => PREFIX.test(node.type))) return next;
  const { groupNodes: _groups, ...extra } = next.extra ?? {};
  return { ...next, extra };
}

/** @param {Workflow} workflow @param {WorkflowNode} host @param {GroupNode} group @param {NodeDefinitions} definitions @returns {Workflow} */
function replaced(workflow, host, group, definitions) {
  const first = lastNodeId(workflow) + 1;
  const definition = define(host, group, first);
  const count = group.nodes?.length ?? 0;
  const node = {
    ...host,
    type: definition.id,
    inputs: host.inputs?.filter((slot) => !slot.widget),
    properties: { ...host.properties, proxyWidgets: shownWidgets(definition, group, definitions) },
    widgets_values: [],
  };
  const nodes = workflow.nodes.map((other) => (other === host ? node : other));
  const subgraphs = [...(workflow.definitions?.subgraphs ?? []), definition];
  return withLastNode({ ...workflow, nodes, definitions: { ...workflow.definitions, subgraphs } }, first + count - 1);
}

/** @param {WorkflowNode} host @param {GroupNode} group @param {number} first the id of its first node @returns {SubgraphDefinition} */
function define(host, group, first) {
  const inner = innerNodes(host, group, first);
  /** @type {LinkObject[]} */
  const links = [];
  const add = (/** @type {number} */ from, /** @type {number} */ fromSlot, /** @type {number} */ to, /** @type {number} */ toSlot, /** @type {any} */ type) => {
    links.push({ id: links.length + 1, origin_id: from, origin_slot: fromSlot, target_id: to, target_slot: toSlot, type });
    return [links.length];
  };
  for (const [from, fromSlot, to, toSlot, , type] of group.links ?? []) {
    // A link from outside names no origin.
    if (from == null || to == null) continue;
    add(first + from, fromSlot, first + to, toSlot, type ?? inner[from]?.outputs?.[fromSlot]?.type ?? "*");
  }
  const given = (host.inputs ?? []).filter((slot) => !slot.widget);
  const inputs = freeInputs(inner, links).slice(0, given.length).map(({ node, index }, place) => {
    const { name, type } = given[place];
    return { id: newId(), name, type: String(type), linkIds: add(INPUT_BOX, place, Number(node.id), index, type) };
  });
  const outputs = shownOutputs(inner, group, links, first).map(({ node, index, slot }, place) => {
    const name = host.outputs?.[place]?.name ?? slot.name;
    return { id: newId(), name, type: String(slot.type), linkIds: add(Number(node.id), index, OUTPUT_BOX, place, slot.type) };
  });
  const bounds = boundsOf(inner.map(rectOf)) ?? { x: 0, y: 0, w: 0, h: 0 };
  return /** @type {SubgraphDefinition} */ ({
    id: newId(),
    version: 1,
    revision: 0,
    state: { lastGroupId: 0, lastRerouteId: 0, lastNodeId: first + inner.length - 1, lastLinkId: links.length },
    config: {},
    name: host.type.replace(PREFIX, ""),
    inputNode: { id: INPUT_BOX, bounding: [bounds.x - BOX_GAP - BOX[0], bounds.y, ...BOX] },
    outputNode: { id: OUTPUT_BOX, bounding: [bounds.x + bounds.w + BOX_GAP, bounds.y, ...BOX] },
    inputs,
    outputs,
    widgets: [],
    nodes: inner.map((node) => linked(node, links)),
    groups: [],
    links,
    extra: {},
  });
}

/** The nodes of the template with ids and places of their own and the host's values, which are those of one after the other. @param {WorkflowNode} host @param {GroupNode} group @param {number} first */
function innerNodes(host, group, first) {
  const nodes = group.nodes ?? [];
  const values = Array.isArray(host.widgets_values) ? [...host.widgets_values] : [];
  const counts = nodes.map((node) => (Array.isArray(node.widgets_values) ? node.widgets_values.length : 0));
  const areAll = values.length === counts.reduce((sum, count) => sum + count, 0);
  const areApart = new Set(nodes.map((node) => nodePosition(node).join())).size === nodes.length;
  let x = 0;
  return nodes.map((node, index) => {
    const own = areAll ? values.splice(0, counts[index]) : node.widgets_values;
    const at = areApart ? nodePosition(node) : [x, 0];
    x += nodeSize(node)[0] + GAP;
    const { index: _index, ...kept } = /** @type {WorkflowNode & {index?: number}} */ (node);
    return { ...kept, id: first + index, order: index, pos: /** @type {[number, number]} */ ([at[0], at[1]]), widgets_values: own };
  });
}

/**
 * The widgets that the group node showed, as node id and name: all but those that a link inside feeds and those it hid.
 * @param {SubgraphDefinition} subgraph
 * @param {GroupNode} group
 * @param {NodeDefinitions} definitions
 * @returns {[string, string][]}
 */
function shownWidgets(subgraph, group, definitions) {
  return (subgraph.nodes ?? []).flatMap((node, index) => {
    const definition = definitionOf(definitions, node.type);
    const hidden = group.config?.[index]?.input ?? {};
    const isFed = (/** @type {string} */ name) => node.inputs?.some((slot) => slot.widget?.name === name && slot.link != null);
    const widgets = (definition ? schemaOf(definition, node).widgets : []).filter(({ name, kind, options }) => name && kind !== "upload" && !options.hidden && !isFed(name) && hidden[name]?.visible !== false);
    return widgets.map(({ name }) => /** @type {[string, string]} */ ([String(node.id), name]));
  });
}

/** @param {WorkflowNode[]} inner @param {LinkObject[]} links */
function freeInputs(inner, links) {
  const fed = new Set(links.map((link) => `${link.target_id}/${link.target_slot}`));
  return inner.flatMap((node) => (node.inputs ?? []).flatMap((slot, index) => (slot.widget || fed.has(`${node.id}/${index}`) ? [] : [{ node, index }])));
}

/** The outputs that the host shows: those that nothing inside uses and those that are marked. @param {WorkflowNode[]} inner @param {GroupNode} group @param {LinkObject[]} links @param {number} first */
function shownOutputs(inner, group, links, first) {
  const used = new Set(links.map((link) => `${link.origin_id}/${link.origin_slot}`));
  const marked = new Set((group.external ?? []).map(([node, slot]) => `${first + node}/${slot}`));
  return inner.flatMap((node) =>
    (node.outputs ?? []).flatMap((slot, index) => {
      const key = `${node.id}/${index}`;
      return used.has(key) && !marked.has(key) ? [] : [{ node, index, slot }];
    }),
  );
}

/** @param {WorkflowNode} node @param {LinkObject[]} links @returns {WorkflowNode} */
function linked(node, links) {
  const into = new Map(links.filter((link) => link.target_id === node.id).map((link) => [link.target_slot, link.id]));
  const outOf = (/** @type {number} */ index) => links.filter((link) => link.origin_id === node.id && link.origin_slot === index).map((link) => link.id);
  return {
    ...node,
    ...(node.inputs ? { inputs: node.inputs.map((slot, index) => ({ ...slot, link: into.get(index) ?? null })) } : {}),
    ...(node.outputs ? { outputs: node.outputs.map((slot, index) => ({ ...slot, links: outOf(index) })) } : {}),
  };
}

/** @param {WorkflowNode} node */
function rectOf(node) {
  const [[x, y], [w, h]] = [nodePosition(node), nodeSize(node)];
  return { x, y, w, h };
}
