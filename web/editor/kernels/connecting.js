// Connecting and disconnecting: which slots fit, why one does not, and the edits that make or remove a link.
import { say } from "../texts/texts.js";
import { dropLinks, changeNode, withLastLink } from "../document/edits.js";
import { findNode, lastLinkId, linksById, writeLink } from "../document/workflow.js";
import { areCompatible } from "./types.js";
/** @import {Workflow, WorkflowNode} from "../document/types.js" */
/** @import {InputFace, OutputFace} from "./faces.js" */
/** @import {Scene} from "./scene.js" */

/** @typedef {{node: string, side: "input" | "output", slot: InputFace | OutputFace}} SlotPlace */

/**
 * Why two slots cannot be connected, in words, or "" where they can.
 * @param {Workflow} workflow
 * @param {SlotPlace} first
 * @param {SlotPlace} second
 */
export function whyNot(workflow, first, second) {
  if (first.side === second.side) return say(first.side === "input" ? "connect.two-inputs" : "connect.two-outputs");
  if (first.node === second.node) return say("connect.itself");
  const [output, input] = first.side === "output" ? [first, second] : [second, first];
  if (!areCompatible(output.slot.type, input.slot.type)) {
    return say("connect.unfit", { given: output.slot.type, name: input.slot.label, wanted: input.slot.type });
  }
  return relatives(workflow, input.node, "down").has(output.node) ? say("connect.circle") : "";
}

/**
 * The ids of all nodes that feed a node ("up") or that it feeds ("down"), itself included.
 * @param {Workflow} workflow
 * @param {string} start
 * @param {"up" | "down"} direction
 * @returns {Set<string>}
 */
export function relatives(workflow, start, direction) {
  /** @type {Map<string, string[]>} */
  const next = new Map();
  for (const link of linksById(workflow).values()) {
    const [key, other] = direction === "down" ? [link.from, link.to] : [link.to, link.from];
    const known = next.get(String(key));
    if (known) known.push(String(other));
    else next.set(String(key), [String(other)]);
  }
  const seen = new Set([start]);
  for (const id of seen) {
    for (const other of next.get(id) ?? []) seen.add(other);
  }
  return seen;
}

/**
 * Connect an output to an input; what fed the input before is disconnected.
 * @param {Workflow} workflow
 * @param {{node: string, slot: OutputFace}} output
 * @param {{node: string, slot: InputFace}} input
 * @returns {Workflow}
 */
export function connect(workflow, output, input) {
  const source = findNode(workflow, output.node);
  const target = findNode(workflow, input.node);
  if (!source || !target) return workflow;
  const held = input.slot.index < 0 ? null : (target.inputs?.[input.slot.index]?.link ?? null);
  const before = held === null ? undefined : linksById(workflow).get(held);
  if (before && String(before.from) === output.node && before.fromSlot === output.slot.index) return workflow;

  const id = lastLinkId(workflow) + 1;
  const toSlot = input.slot.index < 0 ? (target.inputs?.length ?? 0) : input.slot.index;
  const type = output.slot.type === "*" ? input.slot.type : output.slot.type;
  const link = { id, from: source.id, fromSlot: output.slot.index, to: target.id, toSlot, type };
  let next = held === null ? workflow : dropLinks(workflow, new Set([held]));
  next = changeNode(next, source.id, (node) => withOutputLink(node, output.slot, id));
  next = changeNode(next, target.id, (node) => withInputLink(node, input.slot, toSlot, id));
  return withLastLink({ ...next, links: [...(next.links ?? []), writeLink(link, workflow)] }, id);
}

/**
 * The slots of the other side that a slot could be connected to, as `node/side/name` keys.
 * @param {Workflow} workflow
 * @param {Scene} scene
 * @param {SlotPlace} from
 * @returns {Set<string>}
 */
export function fittingSlots(workflow, scene, from) {
  const side = from.side === "output" ? "input" : "output";
  const circular = relatives(workflow, from.node, from.side === "output" ? "up" : "down");
  const fits = new Set();
  for (const placed of scene.nodes.values()) {
    if (circular.has(placed.id)) continue;
    for (const slot of side === "input" ? placed.face.inputs : placed.face.outputs) {
      if (areCompatible(from.slot.type, slot.type)) fits.add(slotKey(placed.id, side, slot.name));
    }
  }
  return fits;
}

/**
 * @param {string} node
 * @param {"input" | "output"} side
 * @param {string} name
 */
export function slotKey(node, side, name) {
  return `${node}/${side}/${name}`;
}

/**
 * @param {WorkflowNode} node
 * @param {OutputFace} output
 * @param {number} link
 * @returns {WorkflowNode}
 */
function withOutputLink(node, output, link) {
  const outputs = [...(node.outputs ?? [])];
  while (outputs.length <= output.index) outputs.push({ name: output.name, type: output.type, links: [] });
  const slot = outputs[output.index];
  outputs[output.index] = { ...slot, links: [...(slot.links ?? []), link] };
  return { ...node, outputs };
}

/**
 * @param {WorkflowNode} node
 * @param {InputFace} input
 * @param {number} index
 * @param {number} link
 * @returns {WorkflowNode}
 */
function withInputLink(node, input, index, link) {
  const inputs = [...(node.inputs ?? [])];
  const stored = inputs[index] ?? { name: input.name, type: input.type, link };
  const widget = input.isWidget ? { widget: stored.widget ?? { name: input.name } } : {};
  inputs[index] = { ...stored, ...widget, link };
  return { ...node, inputs };
}
