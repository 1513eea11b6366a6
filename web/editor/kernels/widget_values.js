// Reading and writing a node's widget values: by position as files do, and by name where the file has names too.
/** @import {WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "./schema.js" */

/**
 * The value of a widget, or what a new node would have where the file has none.
 * @param {WorkflowNode} node
 * @param {Widget} widget
 * @returns {any}
 */
export function widgetValue(node, widget) {
  const stored = node.widgets_values;
  const value = Array.isArray(stored) ? stored[widget.slot] : stored?.[widget.name];
  return value === undefined || value === null ? widget.initial : value;
}

/**
 * The node with one widget's value replaced; slots that the file lacks are filled with initial values.
 * @param {WorkflowNode} node
 * @param {Widget[]} widgets all widgets of the node
 * @param {Widget} widget
 * @param {any} value
 * @returns {WorkflowNode}
 */
export function withWidgetValue(node, widgets, widget, value) {
  if (Object.is(widgetValue(node, widget), value) && hasStored(node, widget)) return node;
  const stored = node.widgets_values;
  const next = { ...node, widgets_values: replaceStored(stored, node, widgets, widget, value) };
  if (node.widgets_values_named) {
    next.widgets_values_named = { ...node.widgets_values_named, [widget.name]: value };
  }
  return next;
}

/**
 * The values that a new node of these widgets stores.
 * @param {Widget[]} widgets
 */
export function initialValues(widgets) {
  return widgets.map((widget) => widget.initial ?? null);
}

/**
 * @param {WorkflowNode} node
 * @param {Widget} widget
 */
function hasStored(node, widget) {
  const stored = node.widgets_values;
  return Array.isArray(stored) ? stored.length > widget.slot : stored !== undefined && widget.name in stored;
}

/**
 * @param {WorkflowNode["widgets_values"]} stored
 * @param {WorkflowNode} node
 * @param {Widget[]} widgets
 * @param {Widget} widget
 * @param {any} value
 */
function replaceStored(stored, node, widgets, widget, value) {
  if (stored && !Array.isArray(stored)) return { ...stored, [widget.name]: value };
  const values = [...(stored ?? [])];
  for (let slot = values.length; slot < widget.slot; slot += 1) {
    const missing = widgets.find((other) => other.slot === slot);
    values.push(missing ? widgetValue(node, missing) : null);
  }
  values[widget.slot] = value;
  return values;
}
