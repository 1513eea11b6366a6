// Choosing an option that brings inputs of its own: those of the option before go with their links, every other value stays.
import { changeNode, dropLinks } from "../document/edits.js";
import { findNode, linksById, writeLink } from "../document/workflow.js";
import { linkedNames, schemaBy, schemaOf } from "./schema.js";
import { widgetValue } from "./widget_values.js";
/** @import {InputSlot, NodeDefinition, NodeId, Workflow} from "../document/types.js" */
/** @import {Schema, Widget} from "./schema.js" */

/**
 * @param {Workflow} workflow
 * @param {NodeId} id
 * @param {NodeDefinition} definition of its class
 * @param {Widget} widget the choice
 * @param {any} value
 * @returns {Workflow}
 */
export function choose(workflow, id, definition, widget, value) {
  const node = findNode(workflow, id);
  if (!node || widgetValue(node, widget) === value) return workflow;
  const values = new Map(schemaOf(definition, node).widgets.map((each) => [keyOf(each), widgetValue(node, each)]));
  values.set(keyOf(widget), value);
  const valueOf = (/** @type {Widget} */ each) => values.get(keyOf(each)) ?? each.initial;
  const after = schemaBy(definition, valueOf, linkedNames(node));
  const isGone = (/** @type {{name: string}} */ { name }) => name.startsWith(`${widget.name}.`) && ![...after.sockets, ...after.widgets].some((input) => input.name === name);
  const gone = new Set((node.inputs ?? []).filter((slot) => slot.link != null && isGone(slot)).map((slot) => /** @type {number} */ (slot.link)));
  const changed = changeNode(dropLinks(workflow, gone), id, (before) => ({
    ...before,
    inputs: withSockets((before.inputs ?? []).filter((slot) => !isGone(slot)), after),
    widgets_values: after.widgets.map((each) => valueOf(each) ?? null),
    ...(before.widgets_values_named ? { widgets_values_named: Object.fromEntries(after.widgets.map((each) => [each.name, valueOf(each) ?? null])) } : {}),
  }));
  return renumbered(changed, id);
}

/** What tells a widget among those of its node, whichever option is chosen. @param {Widget} widget */
function keyOf({ name, kind, controls = "" }) {
  return [name, kind, controls].join("\n");
}

/** @param {InputSlot[]} inputs @param {Schema} schema @returns {InputSlot[]} */
function withSockets(inputs, { sockets }) {
  const listed = new Set(inputs.map((slot) => slot.name));
  return [...inputs, ...sockets.filter(({ name }) => !listed.has(name)).map(({ name, type }) => ({ name, type, link: null }))];
}

/** The links to a node with the places that its inputs have now. @param {Workflow} workflow @param {NodeId} id @returns {Workflow} */
function renumbered(workflow, id) {
  const places = new Map((findNode(workflow, id)?.inputs ?? []).map((slot, place) => [slot.link, place]));
  const stored = linksById(workflow);
  const links = (workflow.links ?? []).map((each) => {
    const link = stored.get(Array.isArray(each) ? each[0] : each.id);
    const toSlot = link && places.get(link.id);
    if (!link || toSlot === undefined || toSlot === link.toSlot || String(link.to) !== String(id)) return each;
    return Array.isArray(each) ? writeLink({ ...link, toSlot }, workflow) : { ...each, target_slot: toSlot };
  });
  return { ...workflow, links };
}
