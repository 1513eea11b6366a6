// Links that mend themselves: a node taken out lets what it passed on flow past it, one put in stands between.
import { removeNodes } from "../document/edits.js";
import { findNode, inputPlace, linksById } from "../document/workflow.js";
import { carriedType } from "./carried_types.js";
import { connect } from "./connecting.js";
import { faceOf } from "./faces.js";
import { areCompatible } from "./types.js";
/** @import {Link, NodeDefinitions, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {InputFace, OutputFace} from "./faces.js" */

/**
 * Remove nodes; where one of a removed node's inputs has the type of an output, what fed it feeds what that output fed.
 * @param {Workflow} workflow
 * @param {ReadonlySet<string>} ids
 * @param {NodeDefinitions} definitions
 * @returns {Workflow}
 */
export function removeAndHeal(workflow, ids, definitions) {
  const links = linksById(workflow);
  const mended = [...links.values()].flatMap((link) => {
    if (!ids.has(String(link.from)) || ids.has(String(link.to))) return [];
    const source = sourceBehind(workflow, link, ids);
    return source ? [{ source, to: String(link.to), toSlot: inputPlace(findNode(workflow, link.to), link) }] : [];
  });
  let next = removeNodes(workflow, ids);
  for (const { source, to, toSlot } of mended) {
    const [from, target] = [findNode(next, source.from), findNode(next, to)];
    const output = from && faceOf(next, from, definitions).outputs[source.fromSlot];
    const input = target && faceOf(next, target, definitions).inputs.find((slot) => slot.index === toSlot);
    if (output && input && areCompatible(output.type, input.type)) next = connect(next, { node: String(source.from), slot: output }, { node: to, slot: input });
  }
  return next;
}

/**
 * Put a node on a link: it takes what the link carried and feeds what the link fed.
 * @param {Workflow} workflow
 * @param {string} id of a node without links
 * @param {number} linkId
 * @param {NodeDefinitions} definitions
 * @returns {Workflow} the same where the node does not fit
 */
export function insertOnLink(workflow, id, linkId, definitions) {
  const link = linksById(workflow).get(linkId);
  const node = findNode(workflow, id);
  const [source, target] = [findNode(workflow, link?.from ?? ""), findNode(workflow, link?.to ?? "")];
  const ends = link && node && endsFor(workflow, node, link, definitions);
  if (!link || !ends || !source || !target) return workflow;
  const output = faceOf(workflow, source, definitions).outputs[link.fromSlot];
  const place = inputPlace(target, link);
  const input = faceOf(workflow, target, definitions).inputs.find((slot) => slot.index === place);
  if (!output || !input) return workflow;
  const fed = connect(workflow, { node: String(source.id), slot: output }, { node: id, slot: ends.input });
  return connect(fed, { node: id, slot: ends.output }, { node: String(target.id), slot: { ...input, link: linkId } });
}

/**
 * The slots by which a node fits on a link, or null.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {Link} link
 * @param {NodeDefinitions} definitions
 * @returns {{input: InputFace, output: OutputFace} | null}
 */
export function endsFor(workflow, node, link, definitions) {
  const isLinked = node.inputs?.some((slot) => slot.link != null) || node.outputs?.some((slot) => slot.links?.length);
  if (isLinked || String(node.id) === String(link.from) || String(node.id) === String(link.to)) return null;
  const face = faceOf(workflow, node, definitions);
  const target = findNode(workflow, link.to);
  const place = inputPlace(target, link);
  const type = carriedType(workflow, link);
  const wanted = (target && faceOf(workflow, target, definitions).inputs.find((slot) => slot.index === place)?.type) ?? type;
  const input = face.inputs.find((slot) => (!slot.isWidget || slot.isTurned) && areCompatible(type, slot.type));
  const output = face.outputs.find((slot) => areCompatible(slot.type, wanted));
  return input && output ? { input, output } : null;
}

/**
 * The first end outside of the removed nodes that fed what a link carried; the first input of the output's type is taken.
 * @param {Workflow} workflow
 * @param {Link} link
 * @param {ReadonlySet<string>} ids
 * @returns {Link | null}
 */
function sourceBehind(workflow, link, ids) {
  const seen = new Set();
  /** @type {Link | undefined} */
  let found = link;
  while (found && ids.has(String(found.from))) {
    if (seen.has(found.id)) return null;
    seen.add(found.id);
    const node = findNode(workflow, found.from);
    /** @type {string} */
    const type = node?.outputs?.[found.fromSlot]?.type ?? found.type;
    /** @type {import("../document/types.js").InputSlot | undefined} */
    const input = node?.inputs?.find((slot) => slot.link != null && areCompatible(slot.type, type));
    found = input?.link == null ? undefined : linksById(workflow).get(input.link);
  }
  return found ?? null;
}
