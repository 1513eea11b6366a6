// Moving all links of an output to another output at once; they keep their ids and their bends.
import { changeNode } from "../document/edits.js";
import { linkId, linksById } from "../document/workflow.js";
import { relatives, slotKey, whyNot } from "./connecting.js";
import { areCompatible } from "./types.js";
/** @import {Link, Workflow} from "../document/types.js" */
/** @import {InputFace, OutputFace} from "./faces.js" */
/** @import {SlotPlace} from "./connecting.js" */
/** @import {Scene} from "./scene.js" */

/** The links of a slot. @param {Workflow} workflow @param {SlotPlace} place @returns {Link[]} */
export function linksAt(workflow, { node, side, slot }) {
  const links = [...linksById(workflow).values()];
  if (side === "output") return links.filter((link) => String(link.from) === node && link.fromSlot === slot.index);
  return links.filter((link) => "link" in slot && slot.link === link.id);
}

/**
 * The outputs that could feed all of these links, as `node/side/name` keys.
 * @param {Workflow} workflow
 * @param {Scene} scene
 * @param {readonly Link[]} links
 * @returns {Set<string>}
 */
export function fittingOutputs(workflow, scene, links) {
  const inputs = links.flatMap((link) => inputOf(scene, link) ?? []);
  const fed = new Set(inputs.flatMap(({ node }) => [...relatives(workflow, node, "down")]));
  const fits = new Set();
  for (const { id, face } of scene.nodes.values()) {
    if (fed.has(id)) continue;
    for (const slot of face.outputs) {
      if (inputs.every((input) => areCompatible(slot.type, input.slot.type))) fits.add(slotKey(id, "output", slot.name));
    }
  }
  return fits;
}

/**
 * Why the links cannot be moved to an output, in words: what the first that does not fit says; "" where they can.
 * @param {Workflow} workflow
 * @param {Scene} scene
 * @param {readonly Link[]} links
 * @param {SlotPlace} to
 */
export function whyNotMoved(workflow, scene, links, to) {
  const inputs = links.flatMap((link) => inputOf(scene, link) ?? []);
  return inputs.map((input) => whyNot(workflow, input, to)).find(Boolean) ?? "";
}

/**
 * Let another output feed these links.
 * @param {Workflow} workflow
 * @param {readonly Link[]} links all of one output
 * @param {{node: string, slot: OutputFace}} to
 * @returns {Workflow}
 */
export function moveLinks(workflow, links, to) {
  const [first] = links;
  const target = workflow.nodes.find((node) => String(node.id) === to.node);
  const isThere = first && String(first.from) === to.node && first.fromSlot === to.slot.index;
  if (!first || !target || isThere) return workflow;
  const ids = new Set(links.map((link) => link.id));
  const emptied = changeNode(workflow, first.from, (node) => ({
    ...node,
    outputs: node.outputs?.map((slot, index) => (index === first.fromSlot ? { ...slot, links: (slot.links ?? []).filter((id) => !ids.has(id)) } : slot)),
  }));
  const filled = changeNode(emptied, target.id, (node) => {
    const outputs = [...(node.outputs ?? [])];
    while (outputs.length <= to.slot.index) outputs.push({ name: to.slot.name, type: to.slot.type, links: [] });
    const slot = outputs[to.slot.index];
    outputs[to.slot.index] = { ...slot, links: [...(slot.links ?? []), ...ids] };
    return { ...node, outputs };
  });
  return { ...filled, links: filled.links?.map((stored) => (ids.has(linkId(stored)) ? fedBy(stored, target.id, to.slot) : stored)) };
}

/**
 * @param {import("../document/types.js").LinkTuple | import("../document/types.js").LinkObject} stored
 * @param {import("../document/types.js").NodeId} node
 * @param {OutputFace} slot
 */
function fedBy(stored, node, slot) {
  if (!Array.isArray(stored)) return { ...stored, origin_id: node, origin_slot: slot.index, type: slot.type === "*" ? stored.type : slot.type };
  const [id, , , to, toSlot, type] = stored;
  return /** @type {import("../document/types.js").LinkTuple} */ ([id, node, slot.index, to, toSlot, slot.type === "*" ? type : slot.type]);
}

/** @param {Scene} scene @param {Link} link @returns {SlotPlace | null} */
function inputOf(scene, link) {
  const slot = /** @type {InputFace | undefined} */ (scene.nodes.get(String(link.to))?.face.inputs.find((input) => input.link === link.id));
  return slot ? { node: String(link.to), side: "input", slot } : null;
}
