// From a workflow to the prompt that the server runs.
import { definitionOf, faceOf } from "./faces.js";
import { expandPrompt } from "./dynamic_prompt.js";
import { expandFileName } from "./file_names.js";
import { resolveLink } from "./resolving.js";
import { isVirtual } from "./virtual_nodes.js";
import { widgetValue } from "./widget_values.js";
import { findNode, linksById } from "../document/workflow.js";
/** @import {NodeDefinitions, Prompt, PromptNode, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Face} from "./faces.js" */
/** @import {Widget} from "./schema.js" */

const SKIPPED_MODES = [2, 4];

/**
 * Whether the page can convert the workflow by itself; one with subgraphs is sent to the server whole.
 * @param {Workflow} workflow
 */
export function isFlat(workflow) {
  const ids = new Set((workflow.definitions?.subgraphs ?? []).map((subgraph) => subgraph.id));
  return !workflow.nodes.some((node) => ids.has(node.type) || node.type.startsWith("workflow>") || node.type.startsWith("workflow/"));
}

/**
 * Convert a workflow without subgraphs.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {() => number} [random] chooses among {a|b} in prompt texts
 * @returns {Prompt}
 * @throws {import("./resolving.js").MissingNodeError}
 */
export function toPrompt(workflow, definitions, random) {
  /** @type {Prompt} */
  const prompt = {};
  for (const node of workflow.nodes) {
    if (SKIPPED_MODES.includes(node.mode ?? 0) || isVirtual(node.type)) continue;
    prompt[String(node.id)] = convertNode(workflow, node, definitions, random);
  }
  return prompt;
}

/**
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {NodeDefinitions} definitions
 * @param {() => number} [random]
 * @returns {PromptNode}
 */
function convertNode(workflow, node, definitions, random) {
  const face = faceOf(workflow, node, definitions);
  const isUndeclared = face.kind === "unknown" || face.kind === "waiting";
  const inputs = isUndeclared ? unnamedValues(node) : sentValues(workflow, node, face, definitions, random);
  for (const input of face.inputs) {
    const source = input.link === null ? null : resolveLink(workflow, input.link, input.type);
    if (source) inputs[input.name] = source;
  }
  if (isUndeclared) return { inputs, _meta: { title: node.title ?? "" } };
  // Files and prompts say the declared name, whatever the card shows in its place.
  const title = node.title || definitionOf(definitions, node.type)?.display_name || face.title;
  return { inputs, class_type: node.type, _meta: { title } };
}

/**
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {Face} face
 * @param {NodeDefinitions} definitions
 * @param {() => number} [random]
 */
function sentValues(workflow, node, face, definitions, random) {
  /** @type {Record<string, any>} */
  const inputs = {};
  for (const widget of face.widgets) {
    if (!widget.sends) continue;
    const fed = primitiveValue(workflow, node, widget, definitions);
    const value = sentValue(fed === undefined ? widgetValue(node, widget) : fed, widget, random);
    const isFileName = widget.name === "filename_prefix" && typeof value === "string";
    if (value !== undefined) inputs[widget.name] = isFileName ? expandFileName(value, workflow, definitions) : value;
  }
  return inputs;
}

/**
 * The value as the server expects it.
 * @param {any} value
 * @param {Widget} widget
 * @param {() => number} [random]
 */
function sentValue(value, widget, random) {
  if (Array.isArray(value)) return { __value__: value };
  return typeof value === "string" && widget.options.dynamicPrompts ? expandPrompt(value, random) : value;
}

/**
 * The value of the primitive that feeds a widget, or undefined where none does.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {Widget} widget
 * @param {NodeDefinitions} definitions
 */
function primitiveValue(workflow, node, widget, definitions) {
  const input = node.inputs?.find((slot) => slot.widget?.name === widget.name);
  let link = input?.link == null ? undefined : linksById(workflow).get(input.link);
  let origin = link && findNode(workflow, link.from);
  for (let hops = 0; origin?.type === "Reroute" && hops < workflow.nodes.length; hops += 1) {
    const passed = origin.inputs?.[0]?.link;
    link = passed == null ? undefined : linksById(workflow).get(passed);
    origin = link && findNode(workflow, link.from);
  }
  if (origin?.type !== "PrimitiveNode") return undefined;
  const [value] = faceOf(workflow, origin, definitions).widgets;
  return value ? widgetValue(origin, value) : (/** @type {any[]} */ (origin.widgets_values)?.[0] ?? undefined);
}

/**
 * The values of a node whose class is not declared, under the names that say so.
 * @param {WorkflowNode} node
 */
function unnamedValues(node) {
  const values = Array.isArray(node.widgets_values) ? node.widgets_values : [];
  return Object.fromEntries(values.map((value, index) => [index ? `UNKNOWN_${index}` : "UNKNOWN", value]));
}
