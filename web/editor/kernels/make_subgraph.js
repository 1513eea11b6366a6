// Making a subgraph of some nodes: what crosses its border becomes its inputs and outputs.
import { changeNode, withLastLink, withLastNode } from "../document/edits.js";
import { newId } from "../document/ids.js";
import { bendsOf, withBends, withoutBendsOf } from "../document/reroutes.js";
import { INPUT_BOX, OUTPUT_BOX, freeName, isBox } from "../document/slots.js";
import { lastLinkId, lastNodeId, linksById, nodePosition, nodesById, nodeSize, writeLink } from "../document/workflow.js";
import { carriedType } from "./carried_types.js";
import { boundsOf, contains } from "./geometry.js";
/** @import {Group, Link, SubgraphDefinition, SubgraphSlot, Workflow, WorkflowNode} from "../document/types.js" */

const BOX_GAP = 120;
const BOX_WIDTH = 160;
const HOST_WIDTH = 240;

/**
 * A slot of the new subgraph: the links inside that end at it, the links outside, and who feeds it.
 * @typedef {{slot: SubgraphSlot, inner: Link[], outer: Link[], widget: boolean}} Crossing
 */

/**
 * Replace nodes by one node that holds them.
 * @param {Workflow} graph
 * @param {ReadonlySet<string>} chosen ids; the boxes of an opened subgraph stay outside
 * @param {string} name
 * @returns {{workflow: Workflow, id: string} | null} the new node's id; null where there is nothing to hold
 */
export function makeSubgraph(graph, chosen, name) {
  const inside = graph.nodes.filter((node) => chosen.has(String(node.id)) && !isBox(node.id));
  const bounds = boundsOf(inside.map(nodeRect));
  if (!bounds) return null;
  const ids = new Set(inside.map((node) => String(node.id)));
  const order = new Map(graph.nodes.map((node, index) => [String(node.id), index]));
  const rank = (/** @type {Link} */ link) => (order.get(String(link.to)) ?? 0) * 1000 + link.toSlot;
  const links = [...linksById(graph).values()].sort((a, b) => rank(a) - rank(b));
  const isIn = (/** @type {Link} */ link) => ids.has(String(link.to));
  const isOut = (/** @type {Link} */ link) => ids.has(String(link.from));
  let nextLink = lastLinkId(graph);
  const freshLink = () => (nextLink += 1);
  const inputs = entering(graph, links.filter((link) => isIn(link) && !isOut(link)), freshLink);
  const outputs = leaving(graph, links.filter((link) => isOut(link) && !isIn(link)), freshLink);
  const groups = (graph.groups ?? []).filter((group) => holdsOnly(graph, group, ids));
  const kept = links.filter((link) => isIn(link) && isOut(link));
  const within = new Set([...kept, ...inputs.flatMap(({ inner }) => inner)].map((link) => link.id));
  const plain = define(name, { inside, kept, inputs, outputs, groups, bounds, last: { lastNodeId: lastNodeId(graph), lastLinkId: nextLink } });

  const definition = withBendsInside(plain, graph, within);
  const hostId = lastNodeId(graph) + 1;
  const host = hostNode(hostId, definition, inputs, outputs, { x: bounds.x + bounds.w / 2 - HOST_WIDTH / 2, y: bounds.y + bounds.h / 2 });
  const gone = new Set([...kept, ...inputs.flatMap(({ inner }) => inner), ...outputs.flatMap(({ outer }) => outer)].map((link) => link.id));
  const outer = [
    ...inputs.flatMap(({ outer: [link] }, index) => ({ ...link, to: hostId, toSlot: index })),
    ...outputs.flatMap(({ outer: out }, index) => out.map((link) => ({ ...link, from: hostId, fromSlot: index }))),
  ];
  const remaining = (graph.links ?? []).filter((stored) => stored && !gone.has(Array.isArray(stored) ? stored[0] : stored.id));
  let workflow = /** @type {Workflow} */ ({
    ...graph,
    nodes: [...graph.nodes.filter((node) => !ids.has(String(node.id))), host],
    links: [...remaining, ...outer.map((link) => writeLink(link, graph))],
    ...(groups.length ? { groups: (graph.groups ?? []).filter((group) => !groups.includes(group)) } : {}),
    definitions: { ...graph.definitions, subgraphs: [...(graph.definitions?.subgraphs ?? []), definition] },
  });
  for (const { outer: [link], inner } of inputs) workflow = changeNode(workflow, link.from, (node) => relinked(node, link, new Set(inner.map((item) => item.id))));
  if (bendsOf(graph).reroutes.length) {
    const { reroutes, parents } = bendsOf(withoutBendsOf(graph, within));
    workflow = withBends(workflow, reroutes, parents);
  }
  return { workflow: withLastLink(withLastNode(workflow, hostId), nextLink), id: String(hostId) };
}

/**
 * The subgraph with the bends of the links that went into it.
 * @param {SubgraphDefinition} definition
 * @param {Workflow} graph
 * @param {ReadonlySet<number>} within ids of those links, which they keep
 * @returns {SubgraphDefinition}
 */
function withBendsInside(definition, graph, within) {
  const { reroutes, parents } = bendsOf(graph);
  const moved = reroutes.map((bend) => ({ ...bend, linkIds: bend.linkIds.filter((id) => within.has(id)) })).filter((bend) => bend.linkIds.length);
  if (!moved.length) return definition;
  const bent = withBends(/** @type {Workflow} */ (/** @type {unknown} */ (definition)), moved, new Map([...parents].filter(([id]) => within.has(id))));
  return /** @type {SubgraphDefinition} */ (/** @type {unknown} */ (bent));
}

/** @param {Workflow} graph @param {Link[]} links @param {() => number} freshLink @returns {Crossing[]} */
function entering(graph, links, freshLink) {
  /** @type {Crossing[]} */
  const found = [];
  const nodes = nodesById(graph);
  for (const [, inner] of bySource(links)) {
    const target = nodes.get(String(inner[0].to))?.inputs?.[inner[0].toSlot];
    const name = freeName(target?.label || target?.name || "input", found.map(({ slot }) => slot));
    const slot = { id: newId(), name, type: slotType(graph, target, inner[0]), linkIds: inner.map((link) => link.id) };
    const widget = inner.some((link) => nodes.get(String(link.to))?.inputs?.[link.toSlot]?.widget);
    found.push({ slot, inner, outer: [{ ...inner[0], id: freshLink() }], widget });
  }
  return found;
}

/** @param {Workflow} graph @param {Link[]} links @param {() => number} freshLink @returns {Crossing[]} */
function leaving(graph, links, freshLink) {
  /** @type {Crossing[]} */
  const found = [];
  for (const [, outer] of bySource(links)) {
    const source = nodesById(graph).get(String(outer[0].from))?.outputs?.[outer[0].fromSlot];
    const name = freeName(source?.label || source?.name || "output", found.map(({ slot }) => slot));
    const inner = { ...outer[0], id: freshLink(), to: OUTPUT_BOX, toSlot: found.length };
    found.push({ slot: { id: newId(), name, type: slotType(graph, source, outer[0]), linkIds: [inner.id] }, inner: [inner], outer, widget: false });
  }
  return found;
}

/** The type of the slot where a link crosses the edge. @param {Workflow} graph @param {{type: string} | undefined} inner the slot inside @param {Link} link */
function slotType(graph, inner, link) {
  const type = String(inner?.type ?? link.type);
  return type === "*" ? carriedType(graph, link) : type;
}

/** @param {Link[]} links */
function bySource(links) {
  /** @type {Map<string, Link[]>} */
  const sources = new Map();
  for (const link of links) {
    const key = `${link.from}/${link.fromSlot}`;
    sources.set(key, [...(sources.get(key) ?? []), link]);
  }
  return sources;
}

/**
 * @param {string} name
 * @param {{inside: WorkflowNode[], kept: Link[], inputs: Crossing[], outputs: Crossing[], groups: Group[],
 *   bounds: import("./geometry.js").Rect, last: {lastNodeId: number, lastLinkId: number}}} parts
 * @returns {SubgraphDefinition}
 */
function define(name, { inside, kept, inputs, outputs, groups, bounds, last }) {
  const entered = inputs.flatMap(({ inner }, index) => inner.map((link) => ({ ...link, from: INPUT_BOX, fromSlot: index })));
  const left = outputs.flatMap(({ inner }) => inner);
  const leaving = new Map(outputs.map(({ inner: [link], outer }) => [`${link.from}/${link.fromSlot}`, { link, outer }]));
  const nodes = inside.map((node) => withInnerOutputs(node, leaving));
  const y = bounds.y + bounds.h / 2 - 60;
  return /** @type {SubgraphDefinition} */ ({
    id: newId(),
    version: 1,
    revision: 0,
    state: { lastGroupId: 0, lastRerouteId: 0, ...last },
    config: {},
    name,
    inputNode: { id: INPUT_BOX, bounding: [bounds.x - BOX_GAP - BOX_WIDTH, y, BOX_WIDTH, 60] },
    outputNode: { id: OUTPUT_BOX, bounding: [bounds.x + bounds.w + BOX_GAP, y, BOX_WIDTH, 60] },
    inputs: inputs.map(({ slot }) => slot),
    outputs: outputs.map(({ slot }) => slot),
    widgets: [],
    nodes,
    groups,
    links: [...kept, ...entered, ...left].map((link) => writeLink(link, { nodes: [], links: [], version: 1 })),
    extra: {},
  });
}

/**
 * Outputs inside lose the links that are now outside, and get the one to the output box.
 * @param {WorkflowNode} node
 * @param {Map<string, {link: Link, outer: Link[]}>} leaving
 * @returns {WorkflowNode}
 */
function withInnerOutputs(node, leaving) {
  const outputs = node.outputs?.map((slot, index) => {
    const crossing = leaving.get(`${node.id}/${index}`);
    if (!crossing) return slot;
    const gone = new Set(crossing.outer.map((link) => link.id));
    return { ...slot, links: [...(slot.links ?? []).filter((id) => !gone.has(id)), crossing.link.id] };
  });
  return outputs ? { ...node, outputs } : node;
}

/** @param {number} id @param {SubgraphDefinition} definition @param {Crossing[]} inputs @param {Crossing[]} outputs @param {{x: number, y: number}} at @returns {WorkflowNode} */
function hostNode(id, definition, inputs, outputs, at) {
  const rows = Math.max(inputs.length, outputs.length);
  return {
    id,
    type: definition.id,
    pos: [Math.round(at.x), Math.round(at.y - rows * 10)],
    size: [HOST_WIDTH, rows * 20 + 12],
    flags: {},
    order: 0,
    mode: 0,
    inputs: inputs.map(({ slot, outer, widget }) => ({ name: slot.name, type: slot.type, link: outer[0].id, ...(widget ? { widget: { name: slot.name } } : {}) })),
    outputs: outputs.map(({ slot, outer }) => ({ name: slot.name, type: slot.type, links: outer.map((link) => link.id) })),
    properties: { proxyWidgets: [] },
    widgets_values: [],
  };
}

/** @param {WorkflowNode} node @param {Link} link @param {ReadonlySet<number>} gone @returns {WorkflowNode} */
function relinked(node, link, gone) {
  const outputs = node.outputs?.map((slot, index) =>
    index === link.fromSlot ? { ...slot, links: [...(slot.links ?? []).filter((id) => !gone.has(id)), link.id] } : slot,
  );
  return outputs ? { ...node, outputs } : node;
}

/** Whether a group has nodes, and all of them are among these. @param {Workflow} graph @param {Group} group @param {ReadonlySet<string>} ids */
function holdsOnly(graph, group, ids) {
  const [x, y, w, h] = group.bounding;
  const members = graph.nodes.filter((node) => {
    const rect = nodeRect(node);
    return contains({ x, y, w, h }, { x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 });
  });
  return members.length > 0 && members.every((node) => ids.has(String(node.id)));
}

/** @param {WorkflowNode} node */
function nodeRect(node) {
  const [[x, y], [w, h]] = [nodePosition(node), nodeSize(node)];
  return { x, y, w, h };
}
