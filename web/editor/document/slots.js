// The boxes at the edge of a subgraph: its inputs and outputs as two nodes, so that every edit of links holds for them too.
/** @import {InputSlot, NodeId, OutputSlot, SubgraphDefinition, SubgraphSlot, WorkflowNode} from "./types.js" */

export const INPUT_BOX = -10;
export const OUTPUT_BOX = -20;
export const INPUT_BOX_TYPE = "skein/subgraph-inputs";
export const OUTPUT_BOX_TYPE = "skein/subgraph-outputs";
const NEW_SLOT = "+";
const WIDTH = 160;

/** Whether a node is one of the two boxes. @param {NodeId} id */
export function isBox(id) {
  return Number(id) === INPUT_BOX || Number(id) === OUTPUT_BOX;
}

/**
 * The node that stands for a subgraph's inputs; its last output is empty and takes new links.
 * @param {SubgraphDefinition} definition
 * @returns {WorkflowNode}
 */
export function inputBox(definition) {
  const slots = definition.inputs ?? [];
  const outputs = slots.map((slot) => ({ ...shownSlot(slot), links: slot.linkIds ?? [] }));
  const empty = { name: NEW_SLOT, type: "*", links: [] };
  return { ...box(INPUT_BOX, INPUT_BOX_TYPE, definition.inputNode), inputs: [], outputs: [...outputs, empty] };
}

/**
 * The node that stands for a subgraph's outputs; its last input is empty and takes a new link.
 * @param {SubgraphDefinition} definition
 * @returns {WorkflowNode}
 */
export function outputBox(definition) {
  const slots = definition.outputs ?? [];
  const inputs = slots.map((slot) => ({ ...shownSlot(slot), link: slot.linkIds?.[0] ?? null }));
  return { ...box(OUTPUT_BOX, OUTPUT_BOX_TYPE, definition.outputNode), inputs: [...inputs, { name: NEW_SLOT, type: "*", link: null }], outputs: [] };
}

/**
 * A subgraph's slots after its box was edited; a link at the empty slot makes a slot of it.
 * @param {SubgraphSlot[]} before
 * @param {(InputSlot | OutputSlot)[]} shown
 * @param {(link: number) => {name: string, type: string}} describe the far end of a link
 * @param {() => string} makeId
 * @returns {SubgraphSlot[]}
 */
export function slotsOf(before, shown, describe, makeId) {
  /** @type {SubgraphSlot[]} */
  const slots = [];
  for (const item of shown) {
    const linkIds = "links" in item ? (item.links ?? []) : /** @type {InputSlot} */ (item).link == null ? [] : [/** @type {number} */ (/** @type {InputSlot} */ (item).link)];
    const stored = before.find((slot) => slot.id === item.slotId);
    if (stored) slots.push(renewed(stored, item, linkIds));
    else if (linkIds.length) {
      const { name, type } = describe(linkIds[0]);
      slots.push({ id: makeId(), name: freeName(name, slots), type, linkIds: [...linkIds] });
    }
  }
  return slots;
}

/**
 * A name that none of the slots has yet.
 * @param {string} wanted
 * @param {{name: string}[]} slots
 */
export function freeName(wanted, slots) {
  const names = new Set(slots.map((slot) => slot.name));
  let name = wanted;
  for (let count = 2; names.has(name); count += 1) name = `${wanted}_${count}`;
  return name;
}

/** @param {SubgraphSlot} slot */
function shownSlot({ id, name, type, label }) {
  return { name, type: String(type ?? "*"), slotId: id, ...(label ? { label } : {}) };
}

/** @param {SubgraphSlot} stored @param {InputSlot | OutputSlot} item @param {number[]} linkIds @returns {SubgraphSlot} */
function renewed(stored, item, linkIds) {
  const isSame = JSON.stringify(stored.linkIds ?? []) === JSON.stringify(linkIds);
  if (isSame && (stored.label ?? "") === (item.label ?? "")) return stored;
  const { label: _label, ...rest } = stored;
  return { ...rest, ...(item.label ? { label: item.label } : {}), linkIds: isSame ? stored.linkIds : [...linkIds] };
}

/** @param {number} id @param {string} type @param {{bounding?: number[]}} [place] @returns {WorkflowNode} */
function box(id, type, place) {
  const [x = 0, y = 0, w = WIDTH, h = 60] = place?.bounding ?? [];
  return { id, type, pos: [x, y], size: [w, h], flags: {}, mode: 0, properties: {} };
}
