// Unpacking a subgraph: its nodes take the place of the node that holds them. Flattening unpacks until none is left.
import { changeNode, removeNodes, withLastLink, withLastNode } from "../document/edits.js";
import { promotedSlots } from "../document/hosts.js";
import { waysOf } from "../document/reroutes.js";
import { findDefinition, openGraph } from "../document/scopes.js";
import { isBox } from "../document/slots.js";
import { findNode, inputPlace, lastLinkId, lastNodeId, linksById, nodePosition, nodeSize, writeLink } from "../document/workflow.js";
import { faceOf } from "./faces.js";
import { boundsOf } from "./geometry.js";
import { withHostValues } from "./host_values.js";
import { withWays } from "./joined_bends.js";
import { innersOfSlot, proxiesOf } from "./subgraph_faces.js";
/** @import {Group, Link, NodeDefinitions, NodeId, SubgraphDefinition, Workflow, WorkflowNode} from "../document/types.js" */

/** @import {BendStep} from "./joined_bends.js" */

/** @typedef {{node: NodeId, slot: number, way: BendStep[]}} Origin where a link begins, and its bends up to here */
/** @typedef {Omit<Link, "id"> & {way: BendStep[]}} JoinedLink */

/**
 * Replace a subgraph's node by the nodes inside.
 * @param {Workflow} graph
 * @param {NodeId} hostId
 * @param {NodeDefinitions} definitions
 * @returns {{workflow: Workflow, ids: string[], follow: (name: string) => [string, string] | null} | null} the ids of the nodes that
 *   came out, and where a widget of the node is now; null where it is no subgraph
 */
export function unpack(graph, hostId, definitions) {
  const host = findNode(graph, hostId);
  const definition = host && findDefinition(graph, host.type);
  const stored = definition && openGraph(graph, definition.id);
  if (!host || !definition || !stored) return null;
  const inner = withHostValues(stored, host, definition, definitions);
  const nodes = inner.nodes.filter((node) => !isBox(node.id));
  const shift = shiftTo(nodes, host);
  let nextNode = lastNodeId(graph);
  const ids = new Map(nodes.map((node) => [String(node.id), (nextNode += 1)]));
  const links = joinedLinks(graph, { host, definition }, inner, ids);

  const emptied = removeNodes(graph, new Set([String(hostId)]));
  const placed = nodes.map((node) => placedNode(node, /** @type {number} */ (ids.get(String(node.id))), host.mode ?? 0, shift));
  let workflow = /** @type {Workflow} */ ({ ...emptied, nodes: [...emptied.nodes, ...placed] });
  if (definition.groups?.length) workflow.groups = [...(graph.groups ?? []), ...definition.groups.map((group) => shiftedGroup(group, shift))];
  workflow = withLastNode(workflow, nextNode);
  /** @param {string} name @returns {[string, string] | null} */
  const follow = (name) => {
    const read = (/** @type {Workflow} */ within, /** @type {WorkflowNode} */ node) => faceOf(within, node, definitions);
    const slot = promotedSlots(definition).find((item) => item.name === name);
    const through = slot && innersOfSlot(inner, slot, read)[0];
    const [id, widget] = through ? [String(through.node.id), through.widget.name] : (proxiesOf(host).find((proxy) => proxy.join("/") === name) ?? []);
    return id !== undefined && widget !== undefined && ids.has(id) ? [String(ids.get(id)), widget] : null;
  };
  return { workflow: addLinks(workflow, links, shift), ids: [...ids.values()].map(String), follow };
}

/**
 * The workflow without any subgraph: every node that is one is unpacked, also those inside.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @returns {Workflow}
 */
export function flatten(workflow, definitions) {
  let next = workflow;
  for (;;) {
    const host = next.nodes.find((node) => findDefinition(next, node.type));
    const unpacked = host && unpack(next, host.id, definitions);
    if (!unpacked) break;
    next = unpacked.workflow;
  }
  const { definitions: _definitions, ...flat } = next;
  return flat;
}

/**
 * The workflow without a subgraph that no node is any more.
 * @param {Workflow} workflow
 * @param {string} type
 * @returns {Workflow}
 */
export function withoutUnused(workflow, type) {
  const subgraphs = workflow.definitions?.subgraphs ?? [];
  const isUsed = [workflow, ...subgraphs].some(({ nodes = [] }) => nodes.some((node) => node.type === type));
  return isUsed ? workflow : { ...workflow, definitions: { ...workflow.definitions, subgraphs: subgraphs.filter(({ id }) => id !== type) } };
}

/**
 * The links that take the place of those inside and of those at the host, without ids but with their bends.
 * @param {Workflow} graph
 * @param {{host: WorkflowNode, definition: SubgraphDefinition}} held an input of the host is that slot of the definition which has its name
 * @param {Workflow} inner
 * @param {Map<string, number>} ids
 */
function joinedLinks(graph, { host, definition }, inner, ids) {
  const outside = linksById(graph);
  const inside = [...linksById(inner).values()];
  const [outerWay, innerWay] = [stepsOf(graph, false), stepsOf(inner, true)];
  /** @type {(link: Link) => Origin | null} */
  const originOf = ({ id, from, fromSlot }) => {
    if (!isBox(from)) return { node: /** @type {number} */ (ids.get(String(from))), slot: fromSlot, way: innerWay(id) };
    const name = definition.inputs?.[fromSlot]?.name;
    const link = outside.get(host.inputs?.find((item) => item.name === name)?.link ?? -1);
    return link ? { node: link.from, slot: link.fromSlot, way: [...outerWay(link.id), ...innerWay(id)] } : null;
  };
  /** @type {JoinedLink[]} */
  const joined = [];
  for (const link of inside) {
    const origin = originOf(link);
    const to = ids.get(String(link.to));
    const toSlot = inputPlace(findNode(inner, link.to), link);
    if (origin && to !== undefined && toSlot >= 0) joined.push({ from: origin.node, fromSlot: origin.slot, to, toSlot, type: link.type, way: origin.way });
  }
  for (const link of outside.values()) {
    if (String(link.from) !== String(host.id)) continue;
    const fed = inside.find((item) => Number(item.to) < 0 && isBox(item.to) && item.toSlot === link.fromSlot);
    const origin = fed && originOf(fed);
    const toSlot = inputPlace(findNode(graph, link.to), link);
    if (origin && toSlot >= 0) joined.push({ ...link, toSlot, from: origin.node, fromSlot: origin.slot, way: [...origin.way, ...outerWay(link.id)] });
  }
  return joined;
}

/** The bends of a graph's links, by their ids. @param {Workflow} graph @param {boolean} isInner @returns {(link: number) => BendStep[]} */
function stepsOf(graph, isInner) {
  const ways = waysOf(graph);
  return (link) => (ways.get(link) ?? []).map((bend) => ({ bend, isInner }));
}

/** @param {Workflow} workflow @param {JoinedLink[]} links @param {{x: number, y: number}} shift of what comes from inside @returns {Workflow} */
function addLinks(workflow, links, shift) {
  let next = workflow;
  let id = lastLinkId(workflow);
  const ways = new Map();
  for (const { way, ...link } of links) {
    id += 1;
    const placed = { ...link, id };
    ways.set(id, way);
    next = changeNode(next, link.from, (node) => ({
      ...node,
      outputs: node.outputs?.map((slot, index) => (index === link.fromSlot ? { ...slot, links: [...(slot.links ?? []), placed.id] } : slot)),
    }));
    next = changeNode(next, link.to, (node) => ({
      ...node,
      inputs: node.inputs?.map((slot, index) => (index === link.toSlot ? { ...slot, link: placed.id } : slot)),
    }));
    next = { ...next, links: [...(next.links ?? []), writeLink(placed, workflow)] };
  }
  return withWays(withLastLink(next, id), ways, shift);
}

/** @param {WorkflowNode} node @param {number} id @param {number} mode @param {{x: number, y: number}} shift @returns {WorkflowNode} */
function placedNode(node, id, mode, shift) {
  const [x, y] = nodePosition(node);
  return {
    ...node,
    id,
    pos: [x + shift.x, y + shift.y],
    ...(mode ? { mode } : {}),
    ...(node.inputs ? { inputs: node.inputs.map((slot) => ({ ...slot, link: null })) } : {}),
    ...(node.outputs ? { outputs: node.outputs.map((slot) => ({ ...slot, links: [] })) } : {}),
  };
}

/** @param {Group} group @param {{x: number, y: number}} shift @returns {Group} */
function shiftedGroup(group, shift) {
  const [x, y, w, h] = group.bounding;
  return { ...group, bounding: [x + shift.x, y + shift.y, w, h] };
}

/** Put the middle of the nodes where the middle of the host was. @param {WorkflowNode[]} nodes @param {WorkflowNode} host */
function shiftTo(nodes, host) {
  const middle = (/** @type {WorkflowNode[]} */ list) => {
    const rects = list.map((node) => ({ x: nodePosition(node)[0], y: nodePosition(node)[1], w: nodeSize(node)[0], h: nodeSize(node)[1] }));
    const bounds = boundsOf(rects);
    return bounds ? { x: bounds.x + bounds.w / 2, y: bounds.y + bounds.h / 2 } : { x: 0, y: 0 };
  };
  const [from, to] = [middle(nodes), middle([host])];
  return { x: Math.round(to.x - from.x), y: Math.round(to.y - from.y) };
}
