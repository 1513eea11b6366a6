// Widget values by name beside those by position: a node whose widgets were added, removed or reordered keeps its own.
import { definitionOf } from "./faces.js";
import { schemaOf } from "./schema.js";
import { widgetValue } from "./widget_values.js";
/** @import {NodeDefinitions, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "./schema.js" */

/**
 * The workflow as it is stored: every node of a known class also has `widgets_values_named`.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @returns {Workflow}
 */
export function withNames(workflow, definitions) {
  return mapNodes(workflow, (node) => {
    const widgets = namedWidgets(node, definitions);
    if (!widgets.length || !Array.isArray(node.widgets_values)) return node;
    const known = widgets.map((widget) => [widget.name, widgetValue(node, widget) ?? null]);
    const named = Object.fromEntries([...known, ...unknownValues(node, widgets)]);
    return isSame(named, node.widgets_values_named) ? node : { ...node, widgets_values_named: named };
  });
}

/**
 * The workflow with the values of nodes put where the present declarations have them. Where a file's names are in the
 * declared order its values by position stand, so that a tool that changes only those is believed.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @returns {Workflow}
 */
export function settleByName(workflow, definitions) {
  return mapNodes(workflow, (node) => {
    const named = node.widgets_values_named;
    const widgets = namedWidgets(node, definitions);
    if (!named || !widgets.length || !Array.isArray(node.widgets_values)) return node;
    const declared = [...new Set(widgets.map((widget) => widget.name))];
    const unknown = unknownValues(node, widgets);
    const stored = Object.keys(named).slice(0, Object.keys(named).length - unknown.length);
    if (stored.join("\n") === declared.join("\n")) return node;
    const values = widgets.map((widget) => (Object.hasOwn(named, widget.name) ? named[widget.name] : (widget.initial ?? null)));
    return { ...node, widgets_values: values, widgets_values_named: Object.fromEntries([...widgets.map((widget, slot) => [widget.name, values[slot]]), ...unknown]) };
  });
}

/**
 * Values of inputs that the node does not have here: they are written again, for a server that has them. Those of a row
 * or a choice that is gone from the card are not among them.
 * @param {WorkflowNode} node
 * @param {Widget[]} widgets
 */
function unknownValues({ widgets_values_named: named = {} }, widgets) {
  const declared = new Set(widgets.map(({ name }) => name));
  return Object.entries(named).filter(([name]) => !declared.has(name.split(".")[0]) && !declared.has(name));
}

/** @param {WorkflowNode} node @param {NodeDefinitions} definitions @returns {Widget[]} */
function namedWidgets(node, definitions) {
  const definition = definitionOf(definitions, node.type);
  const widgets = definition ? schemaOf(definition, node).widgets : [];
  return widgets.some((widget) => !widget.name) ? [] : widgets;
}

/**
 * @param {Workflow} workflow
 * @param {(node: WorkflowNode) => WorkflowNode} change
 * @returns {Workflow}
 */
function mapNodes(workflow, change) {
  const nodes = mapShared(workflow.nodes, change);
  const subgraphs = mapShared(workflow.definitions?.subgraphs ?? [], (subgraph) => {
    const inner = /** @type {any} */ (subgraph).nodes;
    const changed = Array.isArray(inner) ? mapShared(inner, change) : inner;
    return changed === inner ? subgraph : { ...subgraph, nodes: changed };
  });
  const isKept = subgraphs === (workflow.definitions?.subgraphs ?? subgraphs);
  if (nodes === workflow.nodes && isKept) return workflow;
  return { ...workflow, nodes, ...(workflow.definitions ? { definitions: { ...workflow.definitions, subgraphs } } : {}) };
}

/**
 * The list with every item changed; the same list where none was.
 * @template T
 * @param {T[]} list
 * @param {(item: T) => T} change
 */
function mapShared(list, change) {
  const changed = list.map(change);
  return changed.some((item, index) => item !== list[index]) ? changed : list;
}

/** @param {Record<string, any>} named @param {Record<string, any> | undefined} stored */
function isSame(named, stored) {
  if (!stored) return false;
  const names = Object.keys(named);
  return names.join("\n") === Object.keys(stored).join("\n") && names.every((name) => Object.is(named[name], stored[name]));
}
