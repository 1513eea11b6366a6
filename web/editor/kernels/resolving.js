// Following a link back to the node that really feeds it: through reroutes, bypassed and muted nodes.
import { findNode, linksById } from "../document/workflow.js";
import { areCompatible } from "./types.js";
/** @import {Link, Workflow, WorkflowNode} from "../document/types.js" */

const MUTE = 2;
const BYPASS = 4;

/** A link that ends at a node the file does not have. */
export class MissingNodeError extends Error {}

/**
 * What feeds an input: `[node id, output index]`, or null where nothing does.
 * @param {Workflow} workflow
 * @param {number | null | undefined} linkId
 * @param {string} wanted the consumer's type
 * @returns {[string, number] | null}
 * @throws {MissingNodeError} for a link from a node that is not there
 */
export function resolveLink(workflow, linkId, wanted) {
  let link = findLink(workflow, linkId);
  const seen = new Set();
  while (link) {
    if (seen.has(link.id)) throw new MissingNodeError(`Link ${link.id} runs in a circle. Remove one of its links.`);
    seen.add(link.id);
    const origin = findNode(workflow, link.from);
    if (!origin) throw new MissingNodeError(`A link starts at node ${link.from}, which is not in the workflow. Remove the link.`);
    if (origin.mode === MUTE || origin.type === "PrimitiveNode") return null;
    if (origin.mode !== BYPASS && origin.type !== "Reroute") return [String(origin.id), link.fromSlot];
    const passed = origin.type === "Reroute" ? origin.inputs?.[0] : passedInput(origin, link.fromSlot, wanted);
    link = findLink(workflow, passed?.link);
  }
  return null;
}

/**
 * The input that a bypassed node passes on through one of its outputs.
 * @param {WorkflowNode} node
 * @param {number} slot
 * @param {string} wanted
 */
function passedInput(node, slot, wanted) {
  const inputs = node.inputs ?? [];
  if (wanted === "*" || wanted === "") return inputs[slot] ?? inputs[0];
  const same = inputs[slot];
  const produced = node.outputs?.[slot]?.type;
  if (same && areCompatible(same.type, produced) && areCompatible(same.type, wanted)) return same;
  return inputs.find((input) => input.type === wanted) ?? inputs.find((input) => areCompatible(input.type, wanted));
}

/**
 * @param {Workflow} workflow
 * @param {number | null | undefined} id
 * @returns {Link | undefined}
 */
function findLink(workflow, id) {
  return id == null ? undefined : linksById(workflow).get(id);
}
