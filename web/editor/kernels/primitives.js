// A primitive takes over the type and value of the first widget that it feeds.
import { changeNode } from "../document/edits.js";
import { findNode, linksById } from "../document/workflow.js";
import { definitionOf } from "./faces.js";
import { schemaOf } from "./schema.js";
import { widgetValue } from "./widget_values.js";
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
