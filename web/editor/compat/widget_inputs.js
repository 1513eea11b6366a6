// Inputs that feed widgets, as packs' scripts ask for them.
import { turnableInputs, turnToInput } from "../kernels/turned_inputs.js";
/** @import {PackNode} from "./node.js" */
/** @import {PackWidget} from "./node_widgets.js" */

/** @type {WeakMap<object, any[]>} what scripts say that an input takes */
const configs = new WeakMap();

/** What an input takes: its type and options. @param {any} slot @returns {any[]} */
export function getWidgetConfig(slot) {
  return configs.get(slot) ?? [slot?.type ?? "*", {}];
}

/** @param {any} slot @param {any[]} config */
export function setWidgetConfig(slot, config) {
  configs.set(slot, config);
  if (config && slot.type !== config[0] && !Array.isArray(config[0])) slot.type = config[0];
}

/** Whether what one input takes another takes too: both of a type. @param {any} output @param {any[]} config */
export function mergeIfValid(output, config) {
  const [type, options = {}] = getWidgetConfig(output);
  return type === config?.[0] || type === "*" ? { customConfig: { ...options, ...config?.[1] } } : null;
}

/** Show a widget's socket in its place. @param {PackNode} node @param {PackWidget} widget */
export function convertToInput(node, widget) {
  const input = turnableInputs(node.face).values.find(({ name }) => name === widget.name);
  if (input) node.graph.edit("Value to input", (workflow) => turnToInput(workflow, node.key, input));
  return node.inputs.find((slot) => slot.name === widget.name);
}
