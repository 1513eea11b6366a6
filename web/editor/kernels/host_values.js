// The values inside an opened subgraph: where the node that was opened shows one as its own, its value holds, and is edited.
import { changeNode } from "../document/edits.js";
import { promotedSlots } from "../document/hosts.js";
import { changeGraph, findDefinition, openGraph } from "../document/scopes.js";
import { findNode } from "../document/workflow.js";
import { faceOf } from "./faces.js";
import { innersOfSlot, innerWidget, proxiesOf } from "./subgraph_faces.js";
import { withWidgetValue } from "./widget_values.js";
/** @import {ScopeStep} from "../document/document.js" */
/** @import {NodeDefinitions, SubgraphDefinition, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "./schema.js" */
/** @import {InnerWidget} from "./subgraph_faces.js" */

/** @typedef {{scope: readonly ScopeStep[], id: string, widget: Widget}} Place of a value: the way to its graph, its node and widget */

/** @type {WeakMap<Workflow, {host: WorkflowNode, definitions: NodeDefinitions, graph: Workflow}>} */
const seen = new WeakMap();

/**
 * The inside with the values that the host holds for it.
 * @param {Workflow} inner
 * @param {WorkflowNode} host
 * @param {SubgraphDefinition} definition
 * @param {NodeDefinitions} definitions
 * @returns {Workflow}
 */
export function withHostValues(inner, host, definition, definitions) {
  const values = Array.isArray(host.widgets_values) ? host.widgets_values : [];
  let next = inner;
  widgetsBehind(inner, host, definition, definitions).forEach((found, index) => {
    const value = values[index];
    if (value === undefined || value === null) return;
    for (const { node, widget } of found) next = changeNode(next, node.id, (before) => withWidgetValue(before, faceOf(inner, node, definitions).widgets, widget, value));
  });
  return next;
}

/**
 * What is opened, with the values of the nodes through which it was opened.
 * @param {Workflow} workflow
 * @param {readonly ScopeStep[]} scope
 * @param {NodeDefinitions} definitions
 * @returns {Workflow}
 */
export function shownGraph(workflow, scope, definitions) {
  const step = scope.at(-1);
  const opened = step && openGraph(workflow, step.definition);
  const definition = step && findDefinition(workflow, step.definition);
  const host = openedHost(workflow, scope, definitions);
  if (!opened || !definition || !host) return opened ?? workflow;
  const known = seen.get(opened);
  if (known && known.host === host && known.definitions === definitions) return known.graph;
  const graph = withHostValues(opened, host, definition, definitions);
  seen.set(opened, { host, definitions, graph });
  return graph;
}

/**
 * The node that was opened last, as it is shown in the graph around.
 * @param {Workflow} workflow
 * @param {readonly ScopeStep[]} scope
 * @param {NodeDefinitions} definitions
 * @returns {WorkflowNode | undefined} nothing where the workflow itself is shown
 */
export function openedHost(workflow, scope, definitions) {
  const step = scope.at(-1);
  return step && findNode(shownGraph(workflow, scope.slice(0, -1), definitions), step.host);
}

/**
 * Where the value that a widget shows is kept: at its node, or at the outermost node that shows it as its own.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {Place} place
 * @returns {Place}
 */
export function ownerOf(workflow, definitions, place) {
  const step = place.scope.at(-1);
  const inner = step && openGraph(workflow, step.definition);
  const definition = step && findDefinition(workflow, step.definition);
  const host = openedHost(workflow, place.scope, definitions);
  if (!inner || !definition || !host) return place;
  const isMeant = (/** @type {InnerWidget} */ { node, widget }) => String(node.id) === place.id && widget.name === place.widget.name && widget.slot === place.widget.slot;
  const index = widgetsBehind(inner, host, definition, definitions).findIndex((found) => found.some(isMeant));
  if (index < 0) return place;
  const scope = place.scope.slice(0, -1);
  const widget = faceOf(shownGraph(workflow, scope, definitions), host, definitions).widgets[index];
  return ownerOf(workflow, definitions, { scope, id: String(host.id), widget });
}

/**
 * The workflow with a value that is shown replaced where it is kept.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {Place} place
 * @param {any} value
 * @returns {Workflow}
 */
export function withShownValue(workflow, definitions, place, value) {
  const { scope, id, widget } = ownerOf(workflow, definitions, place);
  return changeGraph(workflow, scope.at(-1)?.definition, (graph) => changeNode(graph, id, (node) => withWidgetValue(node, faceOf(graph, node, definitions).widgets, widget, value)));
}

/**
 * The widgets inside that each widget of the host stands for, in the order in which it stores their values.
 * @param {Workflow} inner
 * @param {WorkflowNode} host
 * @param {SubgraphDefinition} definition
 * @param {NodeDefinitions} definitions
 * @returns {InnerWidget[][]}
 */
function widgetsBehind(inner, host, definition, definitions) {
  const read = (/** @type {Workflow} */ graph, /** @type {WorkflowNode} */ node) => faceOf(graph, node, definitions);
  const proxied = proxiesOf(host).map(([id, name]) => innerWidget(inner, id, name, read));
  return [...promotedSlots(definition).map((slot) => innersOfSlot(inner, slot, read)), ...proxied.map((found) => (found ? [found] : []))];
}
