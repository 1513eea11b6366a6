// Reading a workflow: nodes and links by id, positions and sizes, whichever form the file uses.
import { newId } from "./ids.js";
/** @import {Link, LinkObject, LinkTuple, NodeId, Workflow, WorkflowNode} from "./types.js" */

/** @type {WeakMap<WorkflowNode[], Map<string, WorkflowNode>>} */
const nodeIndexes = new WeakMap();
/** @type {WeakMap<(LinkTuple | LinkObject)[], Map<number, Link>>} */
const linkIndexes = new WeakMap();

/**
 * A workflow with nothing in it.
 * @returns {Workflow}
 */
export function emptyWorkflow() {
  return {
    id: newId(),
    revision: 0,
    last_node_id: 0,
    last_link_id: 0,
    nodes: [],
    links: [],
    groups: [],
    config: {},
    extra: {},
    version: 0.4,
  };
}

/**
 * Whether a JSON value is a workflow file.
 * @param {any} value
 * @returns {value is Workflow}
 */
export function isWorkflow(value) {
  return value !== null && typeof value === "object" && Array.isArray(value.nodes);
}

/**
 * The nodes of a workflow by id; ids are compared as text because prompts and events carry text.
 * @param {Workflow} workflow
 * @returns {Map<string, WorkflowNode>}
 */
export function nodesById(workflow) {
  let index = nodeIndexes.get(workflow.nodes);
  if (!index) {
    index = new Map(workflow.nodes.map((node) => [String(node.id), node]));
    nodeIndexes.set(workflow.nodes, index);
  }
  return index;
}

/**
 * @param {Workflow} workflow
 * @param {NodeId} id
 * @returns {WorkflowNode | undefined}
 */
export function findNode(workflow, id) {
  return nodesById(workflow).get(String(id));
}

/**
 * The links of a workflow by id.
 * @param {Workflow} workflow
 * @returns {Map<number, Link>}
 */
export function linksById(workflow) {
  const links = workflow.links ?? [];
  let index = linkIndexes.get(links);
  if (!index) {
    index = new Map();
    for (const stored of links) {
      if (stored) index.set(linkId(stored), readLink(stored));
    }
    linkIndexes.set(links, index);
  }
  return index;
}

/**
 * @param {LinkTuple | LinkObject} stored
 * @returns {Link}
 */
export function readLink(stored) {
  if (Array.isArray(stored)) {
    const [id, from, fromSlot, to, toSlot, type] = stored;
    return { id, from, fromSlot, to, toSlot, type };
  }
  return {
    id: stored.id,
    from: stored.origin_id,
    fromSlot: stored.origin_slot,
    to: stored.target_id,
    toSlot: stored.target_slot,
    type: stored.type,
  };
}

/**
 * Write a link in the form that the workflow's other links have.
 * @param {Link} link
 * @param {Workflow} workflow
 * @returns {LinkTuple | LinkObject}
 */
export function writeLink(link, workflow) {
  const first = workflow.links?.[0];
  const asObject = first ? !Array.isArray(first) : workflow.version === 1;
  if (!asObject) return [link.id, link.from, link.fromSlot, link.to, link.toSlot, link.type];
  return {
    id: link.id,
    origin_id: link.from,
    origin_slot: link.fromSlot,
    target_id: link.to,
    target_slot: link.toSlot,
    type: link.type,
  };
}

/**
 * The place of the input that a link ends at. Files with a stale slot number exist; what the input says holds.
 * @param {WorkflowNode | undefined} target
 * @param {Link} link
 * @returns {number} -1 where no input has the link
 */
export function inputPlace(target, link) {
  const slots = target?.inputs ?? [];
  return slots[link.toSlot]?.link === link.id ? link.toSlot : slots.findIndex((slot) => slot.link === link.id);
}

/** @param {LinkTuple | LinkObject} stored */
export function linkId(stored) {
  return Array.isArray(stored) ? stored[0] : stored.id;
}

/**
 * @param {WorkflowNode} node
 * @returns {[number, number]}
 */
export function nodePosition(node) {
  return [Number(node.pos?.[0] ?? 0), Number(node.pos?.[1] ?? 0)];
}

/**
 * @param {WorkflowNode} node
 * @returns {[number, number]}
 */
export function nodeSize(node) {
  return [Number(node.size?.[0] ?? 210), Number(node.size?.[1] ?? 60)];
}

/**
 * The highest node id in use; text ids that are no number count as 0.
 * @param {Workflow} workflow
 */
export function lastNodeId(workflow) {
  const used = workflow.nodes.map((node) => Number(node.id)).filter(Number.isFinite);
  return Math.max(workflow.last_node_id ?? workflow.state?.lastNodeId ?? 0, 0, ...used);
}

/** @param {Workflow} workflow */
export function lastLinkId(workflow) {
  return Math.max(workflow.last_link_id ?? workflow.state?.lastLinkId ?? 0, 0, ...linksById(workflow).keys());
}
