// A primitive takes over the type and value of the first widget that it feeds; a node that is one value begins with it.
import { changeNode } from "../document/edits.js";
import { findNode, linksById } from "../document/workflow.js";
import { definitionOf, faceOf } from "./faces.js";
import { schemaOf } from "./schema.js";
import { widgetValue, withWidgetValue } from "./widget_values.js";
/** @import {NodeDefinitions, NodeId, Workflow} from "../document/types.js" */

/**
 * The workflow with a primitive's empty value filled from its target; other nodes are left as they are.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {NodeId} id
 * @returns {Workflow}
 */
export function adoptValue(workflow, definitions, id) {
  const primitive = findNode(workflow, id);
  const stored = primitive?.widgets_values;
  if (primitive?.type !== "PrimitiveNode" || (Array.isArray(stored) && stored.length)) return workflow;
  const link = linksById(workflow).get(primitive.outputs?.[0]?.links?.[0] ?? -1);
  const target = link && findNode(workflow, link.to);
  const name = target?.inputs?.find((slot) => slot.link === link?.id)?.widget?.name;
  const definition = target && definitionOf(definitions, target.type);
  const widgets = definition ? schemaOf(definition, target).widgets : [];
  const fed = widgets.find((widget) => widget.name === name);
  if (!target || !fed) return workflow;
  const control = widgets.find((widget) => widget.controls === name && widget.kind === "control");
  const values = [widgetValue(target, fed), ...(control ? ["fixed"] : [])];
  return changeNode(workflow, id, (node) => ({
    ...node,
    widgets_values: values,
    outputs: node.outputs?.map((slot) => ({ ...slot, name: fed.type, type: fed.type })),
  }));
}

/**
 * The workflow in which a node that is nothing but a value (such as Float) has that of the widget that it is to feed.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {NodeId} id
 * @param {{node: NodeId, name: string}} target
 * @returns {Workflow}
 */
export function withValueOf(workflow, definitions, id, target) {
  const [node, fed] = [findNode(workflow, id), findNode(workflow, target.node)];
  const widget = fed && faceOf(workflow, fed, definitions).widgets.find(({ name }) => name === target.name);
  if (!node || !widget) return workflow;
  const { widgets, inputs, outputs } = faceOf(workflow, node, definitions);
  const sending = widgets.filter(({ sends }) => sends);
  const isOneValue = sending.length === 1 && outputs.length === 1 && inputs.every(({ isWidget }) => isWidget);
  if (!isOneValue || sending[0].type !== widget.type) return workflow;
  return changeNode(workflow, id, (before) => withWidgetValue(before, widgets, sending[0], widgetValue(fed, widget)));
}
