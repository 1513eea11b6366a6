// From a prompt back to a workflow, as when a picture or file holds only the prompt; nodes are arranged anew.
import { arrange } from "./arrange.js";
import { definitionOf, faceOf } from "./faces.js";
import { layoutCard } from "./layout.js";
import { newNode } from "./new_node.js";
import { GROUP, rowsIn } from "./dynamic_inputs.js";
import { schemaBy } from "./schema.js";
import { emptyWorkflow } from "../document/workflow.js";
/** @import {LinkTuple, NodeDefinitions, Prompt, PromptNode, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "./schema.js" */

/**
 * Whether a JSON value is a prompt.
 * @param {any} value
 * @returns {value is Prompt}
 */
export function isPrompt(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const nodes = Object.values(value);
  return nodes.length > 0 && nodes.every((node) => typeof node?.class_type === "string" && typeof node.inputs === "object");
}

/**
 * @param {Prompt} prompt
 * @param {NodeDefinitions} definitions
 * @returns {Workflow}
 */
export function fromPrompt(prompt, definitions) {
  const ids = numericIds(Object.keys(prompt));
  /** @type {Map<string, WorkflowNode>} */
  const nodes = new Map();
  for (const [key, item] of Object.entries(prompt)) {
    nodes.set(key, { id: /** @type {number} */ (ids.get(key)), ...makeNode(item, definitions) });
  }
  /** @type {LinkTuple[]} */
  const links = [];
  for (const [key, item] of Object.entries(prompt)) {
    for (const [name, value] of Object.entries(item.inputs)) {
      const source = isReference(value) ? nodes.get(value[0]) : undefined;
      if (source) links.push(join(links.length + 1, source, value[1], /** @type {WorkflowNode} */ (nodes.get(key)), name));
    }
  }
  const workflow = { ...emptyWorkflow(), nodes: [...nodes.values()], links };
  const whole = { ...workflow, last_node_id: Math.max(0, ...ids.values()), last_link_id: links.length };
  // Cards may be higher than they are stored, as those of unknown classes with their slots.
  const rects = new Map(whole.nodes.map((node) => [String(node.id), shownRect(whole, node, definitions)]));
  return arrange(whole, (id) => rects.get(id));
}

/** @param {Workflow} workflow @param {WorkflowNode} node @param {NodeDefinitions} definitions */
function shownRect(workflow, node, definitions) {
  const face = faceOf(workflow, node, definitions);
  return layoutCard(node, face, face.showsPictures).rect;
}

/**
 * @param {PromptNode} item
 * @param {NodeDefinitions} definitions
 * @returns {Omit<WorkflowNode, "id">}
 */
function makeNode(item, definitions) {
  const type = String(item.class_type);
  const definition = definitionOf(definitions, type) ?? { name: type, input: {}, output: [] };
  const given = (/** @type {Widget} */ { name, type, initial }) => (type === GROUP ? rowsIn(name, item.inputs) : (item.inputs[name] ?? initial));
  const schema = schemaBy(definition, given, (name) => isReference(item.inputs[name]));
  const { id: _id, ...node } = /** @type {WorkflowNode} */ (newNode(definition, { x: 0, y: 0 }, schema));
  const title = item._meta?.title;
  if (item._meta?.models) node.properties = { ...node.properties, models: item._meta.models };
  if (title && title !== definition.display_name && title !== type) node.title = title;
  const values = [.../** @type {any[]} */ (node.widgets_values)];
  for (const widget of schema.widgets) {
    const value = item.inputs[widget.name];
    if (widget.kind === "control") values[widget.slot] = "fixed";
    else if (widget.type === GROUP) values[widget.slot] = given(widget);
    else if (widget.sends && value !== undefined && !isReference(value)) values[widget.slot] = value?.__value__ ?? value;
  }
  node.widgets_values = values;
  return node;
}

/**
 * @param {number} id
 * @param {WorkflowNode} source
 * @param {number} slot
 * @param {WorkflowNode} target
 * @param {string} name
 * @returns {LinkTuple}
 */
function join(id, source, slot, target, name) {
  const outputs = (source.outputs ??= []);
  while (outputs.length <= slot) outputs.push({ name: `output ${outputs.length}`, type: "*", links: [] });
  (outputs[slot].links ??= []).push(id);
  const inputs = (target.inputs ??= []);
  const type = outputs[slot].type;
  let index = inputs.findIndex((input) => input.name === name);
  if (index < 0) index = inputs.push({ name, type, link: id, widget: { name } }) - 1;
  inputs[index].link = id;
  return [id, source.id, slot, target.id, index, type];
}

/** @param {any} value @returns {value is [string, number]} */
function isReference(value) {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && Number.isInteger(value[1]);
}

/**
 * Whole numbers stay as they are; other ids ("5:11") get fresh ones.
 * @param {string[]} keys
 */
function numericIds(keys) {
  const whole = keys.filter((key) => /^\d+$/.test(key));
  let next = Math.max(0, ...whole.map(Number));
  return new Map(keys.map((key) => [key, /^\d+$/.test(key) ? Number(key) : (next += 1)]));
}
