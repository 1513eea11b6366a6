// What control_after_generate does to a seed (or a combo) once a prompt was queued.
import { changeNode } from "../document/edits.js";
import { faceOf } from "./faces.js";
import { widgetValue, withWidgetValue } from "./widget_values.js";
/** @import {NodeDefinitions, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Face} from "./faces.js" */
/** @import {Widget} from "./schema.js" */

const LIMIT = 1125899906842624;

/** @param {Widget} widget */
export function isSeed({ kind, name }) {
  return kind === "int" && name.includes("seed");
}

/**
 * The workflow with every controlled widget moved on; muted and bypassed nodes stay as they are.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {() => number} random 0 to below 1
 * @returns {Workflow}
 */
export function advanceSeeds(workflow, definitions, random = Math.random) {
  let next = workflow;
  for (const node of workflow.nodes) {
    if (node.mode === 2 || node.mode === 4) continue;
    const face = faceOf(workflow, node, definitions);
    const controls = face.widgets.filter((widget) => widget.kind === "control" && !isFed(node, widget));
    for (const control of controls) {
      next = changeNode(next, node.id, (current) => advance(current, face, control, random));
    }
    for (const widget of face.widgets.filter((item) => item.moves && !isFed(node, { controls: item.name }))) {
      next = changeNode(next, node.id, (current) => moveOn(current, face, widget, widget.moves, random));
    }
  }
  return next;
}

/**
 * A random value within a widget's declared range.
 * @param {Widget} widget
 * @param {() => number} random
 */
export function randomValue(widget, random = Math.random) {
  const { low, high, step } = range(widget);
  return Math.floor(random() * ((high - low) / step)) * step + low;
}

/**
 * The node with whatever moves a widget on set to keep it.
 * @param {WorkflowNode} node
 * @param {Widget[]} widgets
 * @param {Widget} target
 * @returns {WorkflowNode}
 */
export function fixed(node, widgets, target) {
  const control = widgets.find((widget) => widget.kind === "control" && widget.controls === target.name);
  return control ? withWidgetValue(node, widgets, control, "fixed") : node;
}

/**
 * @param {WorkflowNode} node
 * @param {Face} face
 * @param {Widget} control
 * @param {() => number} random
 */
function advance(node, face, control, random) {
  const target = face.widgets.find((widget) => widget.name === control.controls && widget !== control);
  return target ? moveOn(node, face, target, widgetValue(node, control), random) : node;
}

/**
 * @param {WorkflowNode} node
 * @param {Face} face
 * @param {Widget} target
 * @param {any} mode
 * @param {() => number} random
 */
function moveOn(node, face, target, mode, random) {
  const value = nextValue(widgetValue(node, target), mode, target, random);
  return value === undefined ? node : withWidgetValue(node, face.widgets, target, value);
}

/**
 * @param {any} value
 * @param {any} mode
 * @param {Widget} target
 * @param {() => number} random
 */
function nextValue(value, mode, target, random) {
  if (target.kind === "choice") return nextChoice(value, mode, target.choices, random);
  if (mode === "randomize") return randomValue(target, random);
  const { low, high, step } = range(target);
  const current = Number(value);
  if (mode === "increment") return Math.min(current + step, high);
  if (mode === "decrement") return Math.max(current - step, low);
  return undefined;
}

/**
 * @param {any} value
 * @param {any} mode
 * @param {any[]} choices
 * @param {() => number} random
 */
function nextChoice(value, mode, choices, random) {
  const at = choices.indexOf(value);
  if (mode === "randomize") return choices[Math.floor(random() * choices.length)];
  if (mode === "increment") return choices[Math.min(at + 1, choices.length - 1)];
  if (mode === "decrement") return choices[Math.max(at - 1, 0)];
  return undefined;
}

/** @param {Widget} widget */
function range(widget) {
  const low = Math.max(Number(widget.options.min ?? 0), -LIMIT);
  const high = Math.min(Number(widget.options.max ?? LIMIT), LIMIT);
  return { low, high, step: Number(widget.options.step ?? 1) || 1 };
}

/**
 * Whether the controlled widget gets its value from a link.
 * @param {WorkflowNode} node
 * @param {Pick<Widget, "controls">} control
 */
function isFed(node, control) {
  return (node.inputs ?? []).some((slot) => slot.widget?.name === control.controls && slot.link != null);
}
