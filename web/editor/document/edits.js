// The edits of a workflow as pure functions: a workflow in, the changed workflow out, everything else shared.
import { withoutBendsOf } from "./reroutes.js";
import { isBox } from "./slots.js";
import { lastNodeId, linkId, nodePosition, nodeSize } from "./workflow.js";
/** @import {NodeId, Workflow, WorkflowNode} from "./types.js" */

/**
 * Replace some nodes; the change gets a node and returns it, changed or not.
 * @param {Workflow} workflow
 * @param {ReadonlySet<string>} ids
 * @param {(node: WorkflowNode) => WorkflowNode} change
 * @returns {Workflow}
 */
export function changeNodes(workflow, ids, change) {
  let isChanged = false;
  const nodes = workflow.nodes.map((node) => {
    if (!ids.has(String(node.id))) return node;
    const next = change(node);
    isChanged ||= next !== node;
    return next;
  });
  return isChanged ? { ...workflow, nodes } : workflow;
}

/**
 * @param {Workflow} workflow
 * @param {NodeId} id
 * @param {(node: WorkflowNode) => WorkflowNode} change
 */
export function changeNode(workflow, id, change) {
  return changeNodes(workflow, new Set([String(id)]), change);
}

/**
 * @param {Workflow} workflow
 * @param {ReadonlySet<string>} ids
 * @param {{x: number, y: number}} shift
 */
export function moveNodes(workflow, ids, shift) {
  if (!shift.x && !shift.y) return workflow;
  return changeNodes(workflow, ids, (node) => {
    const [x, y] = nodePosition(node);
    return { ...node, pos: [x + shift.x, y + shift.y] };
  });
}

/**
 * @param {Workflow} workflow
 * @param {NodeId} id
 * @param {[number, number]} size
 */
export function resizeNode(workflow, id, size) {
  return changeNode(workflow, id, (node) => {
    const [w, h] = nodeSize(node);
    return w === size[0] && h === size[1] ? node : { ...node, size };
  });
}

/**
 * Set the mode of nodes: 0 always, 2 mute, 4 bypass. Where all have it already they go back to 0.
 * @param {Workflow} workflow
 * @param {ReadonlySet<string>} ids
 * @param {number} mode
 */
export function toggleMode(workflow, ids, mode) {
  const chosen = workflow.nodes.filter((node) => ids.has(String(node.id)));
  const next = chosen.every((node) => (node.mode ?? 0) === mode) ? 0 : mode;
  return changeNodes(workflow, ids, (node) => (node.mode === next ? node : { ...node, mode: next }));
}

/**
 * Collapse nodes, or open them where all are collapsed.
 * @param {Workflow} workflow
 * @param {ReadonlySet<string>} ids
 */
export function toggleCollapsed(workflow, ids) {
  const chosen = workflow.nodes.filter((node) => ids.has(String(node.id)));
  const collapsed = !chosen.every((node) => node.flags?.collapsed);
  return changeNodes(workflow, ids, (node) => {
    const { collapsed: _before, ...flags } = node.flags ?? {};
    return { ...node, flags: collapsed ? { ...flags, collapsed } : flags };
  });
}

/**
 * Give nodes a colour; null takes it away.
 * @param {Workflow} workflow
 * @param {ReadonlySet<string>} ids
 * @param {{color: string, bgcolor: string} | null} colours
 * @returns {Workflow}
 */
export function colourNodes(workflow, ids, colours) {
  return changeNodes(workflow, ids, ({ color: _color, bgcolor: _ground, ...node }) => (colours ? { ...node, ...colours } : node));
}

/** Pin nodes where they are, or free them where all are pinned. @param {Workflow} workflow @param {ReadonlySet<string>} ids @returns {Workflow} */
export function togglePinned(workflow, ids) {
  const chosen = workflow.nodes.filter((node) => ids.has(String(node.id)));
  const pinned = !chosen.every((node) => node.flags?.pinned);
  return changeNodes(workflow, ids, (node) => {
    const { pinned: _before, ...flags } = node.flags ?? {};
    return { ...node, flags: pinned ? { ...flags, pinned } : flags };
  });
}

/**
 * Give a node a title; an empty one goes back to the class's name.
 * @param {Workflow} workflow
 * @param {NodeId} id
 * @param {string} title
 */
export function setTitle(workflow, id, title) {
  return changeNode(workflow, id, (node) => {
    if ((node.title ?? "") === title) return node;
    const { title: _before, ...rest } = node;
    return title ? { ...rest, title } : rest;
  });
}

/**
 * Give a slot the name that it shows; an empty one goes back to its own.
 * @param {Workflow} workflow
 * @param {NodeId} id
 * @param {{side: "input" | "output", index: number}} place
 * @param {string} label
 */
export function labelSlot(workflow, id, { side, index }, label) {
  return changeNode(workflow, id, (node) => {
    const slot = (side === "input" ? node.inputs : node.outputs)?.[index];
    if (!slot || (slot.label ?? "") === label) return node;
    const { label: _before, ...rest } = slot;
    const named = (/** @type {any[]} */ slots = []) => slots.map((item, at) => (at !== index ? item : label ? { ...rest, label } : rest));
    return side === "input" ? { ...node, inputs: named(node.inputs) } : { ...node, outputs: named(node.outputs) };
  });
}

/**
 * Add a node under a new id.
 * @param {Workflow} workflow
 * @param {Omit<WorkflowNode, "id">} node
 * @returns {{workflow: Workflow, id: number}}
 */
export function addNode(workflow, node) {
  const id = lastNodeId(workflow) + 1;
  const added = /** @type {WorkflowNode} */ ({ id, ...node });
  return { workflow: withLastNode({ ...workflow, nodes: [...workflow.nodes, added] }, id), id };
}

/**
 * Remove nodes and the links that end at them; the boxes of a subgraph stay, but lose their links.
 * @param {Workflow} workflow
 * @param {ReadonlySet<string>} ids
 * @returns {Workflow}
 */
export function removeNodes(workflow, ids) {
  const nodes = workflow.nodes.filter((node) => !ids.has(String(node.id)) || isBox(node.id));
  if (nodes.length === workflow.nodes.length) return workflow;
  const gone = new Set();
  for (const stored of workflow.links ?? []) {
    const [from, to] = Array.isArray(stored) ? [stored[1], stored[3]] : [stored.origin_id, stored.target_id];
    if (ids.has(String(from)) || ids.has(String(to))) gone.add(linkId(stored));
  }
  return dropLinks({ ...workflow, nodes }, gone);
}

/**
 * Remove links by id, at both of their ends too.
 * @param {Workflow} workflow
 * @param {ReadonlySet<number>} gone
 * @returns {Workflow}
 */
export function dropLinks(workflow, gone) {
  if (!gone.size) return workflow;
  const unbent = withoutBendsOf(workflow, gone);
  return {
    ...unbent,
    nodes: workflow.nodes.map((node) => withoutLinks(node, gone)),
    links: (unbent.links ?? []).filter((stored) => !gone.has(linkId(stored))),
  };
}

/** @param {Workflow} workflow @param {number} id @returns {Workflow} */
export function withLastNode(workflow, id) {
  if (workflow.state) return { ...workflow, state: { ...workflow.state, lastNodeId: id } };
  return { ...workflow, last_node_id: id };
}

/** @param {Workflow} workflow @param {number} id @returns {Workflow} */
export function withLastLink(workflow, id) {
  if (workflow.state) return { ...workflow, state: { ...workflow.state, lastLinkId: id } };
  return { ...workflow, last_link_id: id };
}

/**
 * @param {WorkflowNode} node
 * @param {ReadonlySet<number>} gone
 * @returns {WorkflowNode}
 */
function withoutLinks(node, gone) {
  const losesInput = node.inputs?.some((slot) => slot.link != null && gone.has(slot.link));
  const losesOutput = node.outputs?.some((slot) => slot.links?.some((id) => gone.has(id)));
  if (!losesInput && !losesOutput) return node;
  const next = { ...node };
  if (losesInput) {
    next.inputs = node.inputs?.map((slot) => (slot.link != null && gone.has(slot.link) ? { ...slot, link: null } : slot));
  }
  if (losesOutput) {
    next.outputs = node.outputs?.map((slot) => ({ ...slot, links: slot.links?.filter((id) => !gone.has(id)) ?? null }));
  }
  return next;
}
