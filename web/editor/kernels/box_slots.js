// Editing the slots of a subgraph's boxes: removing one with its links, and naming one.
import { changeNode, dropLinks } from "../document/edits.js";
import { findNode, linksById, writeLink } from "../document/workflow.js";
/** @import {InputSlot, OutputSlot, Workflow} from "../document/types.js" */

/**
 * @param {Workflow} graph an opened subgraph
 * @param {string} box id of the box
 * @param {number} index of the slot
 * @returns {Workflow}
 */
export function removeBoxSlot(graph, box, index) {
  const node = findNode(graph, box);
  const side = node?.outputs?.length ? "outputs" : "inputs";
  if (!node || !slotIn(node[side], index)) return graph;
  const touches = (/** @type {import("../document/types.js").Link} */ link) =>
    side === "outputs" ? String(link.from) === box && link.fromSlot : String(link.to) === box && link.toSlot;
  const links = [...linksById(graph).values()];
  const dropped = dropLinks(graph, new Set(links.filter((link) => touches(link) === index).map((link) => link.id)));
  const shifted = new Map(links.filter((link) => Number(touches(link)) > index).map((link) => [link.id, link]));
  const moved = (dropped.links ?? []).map((stored) => {
    const link = shifted.get(Array.isArray(stored) ? stored[0] : stored.id);
    if (!link) return stored;
    const next = side === "outputs" ? { ...link, fromSlot: link.fromSlot - 1 } : { ...link, toSlot: link.toSlot - 1 };
    return Array.isArray(stored) ? writeLink(next, graph) : { ...stored, origin_slot: next.fromSlot, target_slot: next.toSlot };
  });
  return changeNode({ ...dropped, links: moved }, box, (before) => ({ ...before, [side]: before[side]?.filter((_slot, at) => at !== index) }));
}

/**
 * Name a slot; an empty label goes back to its own name.
 * @param {Workflow} graph an opened subgraph
 * @param {string} box
 * @param {number} index
 * @param {string} label
 * @returns {Workflow}
 */
export function labelBoxSlot(graph, box, index, label) {
  const node = findNode(graph, box);
  const side = node?.outputs?.length ? "outputs" : "inputs";
  if (!slotIn(node?.[side], index)) return graph;
  const named = (/** @type {any} */ slot) => {
    const { label: _before, ...rest } = slot;
    return label && label !== slot.name ? { ...rest, label } : rest;
  };
  return changeNode(graph, box, (before) => ({ ...before, [side]: before[side]?.map((slot, at) => (at === index ? named(slot) : slot)) }));
}

/** A slot that the subgraph has; the empty one behind them is none. @param {(InputSlot | OutputSlot)[] | undefined} slots @param {number} index */
function slotIn(slots, index) {
  return slots?.[index]?.slotId !== undefined;
}
