// What the right button offers on a slot of a card: letting go of its links, connecting it, naming it, taking it off a subgraph.
import { dropLinks, labelSlot } from "../document/edits.js";
import { closeGraph, findDefinition, openGraph } from "../document/scopes.js";
import { INPUT_BOX, isBox, OUTPUT_BOX } from "../document/slots.js";
import { findNode } from "../document/workflow.js";
import { labelBoxSlot } from "../kernels/box_slots.js";
import { slotKey } from "../kernels/connecting.js";
import { linksAt } from "../kernels/moving_links.js";
import { openEnds } from "../panels/connect_slots.js";
import { say } from "../texts/texts.js";
import { editInPlace } from "../view/in_place.js";
import { labelSlot as labelBox, removeSlot } from "./inside.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {SlotPlace} from "../kernels/connecting.js" */
/** @import {Item} from "../panels/context_menu.js" */
/** @import {OpenSearch} from "../panels/connect_slots.js" */
/** @import {Stage} from "../view/stage.js" */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {SlotPlace} place
 * @param {OpenSearch} openSearch
 * @returns {Item[]}
 */
export function slotItems(editor, stage, place, openSearch) {
  const { node, slot } = place;
  const links = linksAt(editor.document.graph, place);
  const name = nameShown(stage, place);
  /** @type {Item[]} */
  const items = [];
  if (links.length) items.push({ label: links.length > 1 ? say("slot.disconnect-all", { count: links.length }) : say("slot.disconnect"), run: () => editor.document.edit("Disconnect", (graph) => dropLinks(graph, new Set(links.map(({ id }) => id)))) });
  if (name) items.push({ label: say("slot.connect"), run: () => openEnds(editor, stage, place, openSearch) });
  if (name && slot.index >= 0 && slot.name !== "+") items.push({ label: say("slot.rename"), run: () => rename(editor, stage, place, name) });
  if (isBox(node) && slot.name !== "+") items.push({ label: say("subgraph.remove-slot", { name: slot.label }), run: () => removeSlot(editor, node, slot.index) });
  return items;
}

/** Where a slot says its name; that of a value says it otherwise, and a reroute's has none. @param {Stage} stage @param {SlotPlace} place */
function nameShown(stage, { node, side, slot }) {
  const row = stage.layer.querySelector(`.slot[data-slot="${CSS.escape(slotKey(node, side, slot.name))}"]`);
  return /** @type {HTMLElement | null} */ (row?.querySelector(".slot-name:not(:empty)") ?? null);
}

/** @param {Editor} editor @param {Stage} stage @param {SlotPlace} place @param {HTMLElement} name */
function rename(editor, stage, { node, side, slot }, name) {
  editInPlace(name, say("subgraph.label-slot", { name: slot.name }), {
    onTaken: (label) => give(editor, { node, side, slot }, label),
    onEnd: () => stage.focusCard(node),
  });
}

/** Give a slot a name; that of a subgraph's card is the subgraph's. @param {Editor} editor @param {SlotPlace} place @param {string} label */
function give(editor, { node, side, slot }, label) {
  const { document: open } = editor;
  const type = findNode(open.graph, node)?.type ?? "";
  if (isBox(node)) labelBox(editor, node, slot.index, label);
  else if (findDefinition(open.workflow, type)) open.editWhole("Name slot", (workflow) => labelInside(workflow, type, { side, slot }, label));
  else open.edit("Name slot", (graph) => labelSlot(graph, node, { side, index: slot.index }, slot.name === label ? "" : label));
}

/** @param {Workflow} workflow @param {string} type of the subgraph @param {Pick<SlotPlace, "side" | "slot">} place @param {string} label */
function labelInside(workflow, type, { side, slot }, label) {
  const graph = openGraph(workflow, type);
  const box = side === "input" ? INPUT_BOX : OUTPUT_BOX;
  const shown = graph && findNode(graph, box);
  const index = (side === "input" ? shown?.outputs : shown?.inputs)?.findIndex(({ name }) => name === slot.name) ?? -1;
  return graph && index >= 0 ? closeGraph(workflow, type, labelBoxSlot(graph, String(box), index, label)) : workflow;
}
