// Widgets turned to inputs: a node's properties name them, and its card shows a socket in place of each value. The slot is
// listed with its widget as for every linked widget, so that other programs read the file as they read any.
import { changeNode, dropLinks } from "../document/edits.js";
import { findNode } from "../document/workflow.js";
/** @import {NodeId, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Face, InputFace} from "./faces.js" */
/** @import {Widget} from "./schema.js" */

const PROPERTY = "turned_inputs";

/** The names of a node's widgets that are shown as sockets. @param {WorkflowNode} node @returns {ReadonlySet<string>} */
export function turnedNames(node) {
  const listed = node.properties?.[PROPERTY];
  return new Set(Array.isArray(listed) ? listed.map(String) : []);
}

/** The inputs of a face that could be turned to sockets, and those that are. @param {Face} face */
export function turnableInputs(face) {
  const widgets = new Map(face.widgets.filter((widget) => widget.sends).map((widget) => [widget.name, widget]));
  const inputs = face.inputs.filter((input) => input.isWidget && widgets.has(input.name));
  return { values: inputs.filter((input) => !input.isTurned), turned: inputs.filter((input) => input.isTurned) };
}

/** The widgets that a card has rows for: without those turned to inputs and what belongs to them. @param {Face} face @returns {Widget[]} */
export function widgetsInRows(face) {
  const turned = new Set(face.inputs.filter((input) => input.isTurned).map((input) => input.name));
  const shown = face.widgets.some(({ options }) => options.hidden === true) ? face.widgets.filter(({ options }) => options.hidden !== true) : face.widgets;
  return turned.size ? shown.filter((widget) => !turned.has(widget.name) && !turned.has(widget.controls ?? "")) : shown;
}

/**
 * Show a widget as a socket; its value is kept, and sent as long as nothing is linked.
 * @param {Workflow} workflow
 * @param {NodeId} id
 * @param {InputFace} input
 * @returns {Workflow}
 */
export function turnToInput(workflow, id, input) {
  return changeNode(workflow, id, (node) => {
    const names = turnedNames(node);
    if (names.has(input.name)) return node;
    const slot = { name: input.name, type: input.type, link: null, widget: { name: input.name } };
    return { ...node, inputs: input.index < 0 ? [...(node.inputs ?? []), slot] : node.inputs, properties: { ...node.properties, [PROPERTY]: [...names, input.name] } };
  });
}

/**
 * Show a widget's value again; what was linked to it is let go. The slot stays listed, as later files list every widget's.
 * @param {Workflow} workflow
 * @param {NodeId} id
 * @param {string} name
 * @returns {Workflow}
 */
export function turnToWidget(workflow, id, name) {
  const node = findNode(workflow, id);
  if (!node || !turnedNames(node).has(name)) return workflow;
  const link = node.inputs?.find((slot) => slot.name === name)?.link;
  const freed = link == null ? workflow : dropLinks(workflow, new Set([link]));
  return changeNode(freed, id, (before) => {
    const { [PROPERTY]: _names, ...properties } = before.properties ?? {};
    const left = [...turnedNames(before)].filter((other) => other !== name);
    return { ...before, properties: left.length ? { ...properties, [PROPERTY]: left } : properties };
  });
}
