// Showing a widget from inside a subgraph on the node that is this subgraph.
import { changeNode } from "../document/edits.js";
import { promotedSlots } from "../document/hosts.js";
import { findDefinition } from "../document/scopes.js";
import { findNode } from "../document/workflow.js";
import { proxiesOf } from "./subgraph_faces.js";
/** @import {NodeId, Workflow, WorkflowNode} from "../document/types.js" */

/**
 * Whether a node shows this widget from inside as its own.
 * @param {WorkflowNode | undefined} host
 * @param {NodeId} inner
 * @param {string} widget
 */
export function isPromoted(host, inner, widget) {
  return Boolean(host && proxiesOf(host).some(([id, name]) => id === String(inner) && name === widget));
}

/**
 * Show a widget from inside on the host, or show it no longer; its value goes with it.
 * @param {Workflow} graph the graph that the host is in
 * @param {NodeId} hostId
 * @param {NodeId} inner
 * @param {string} widget
 * @returns {Workflow}
 */
export function togglePromoted(graph, hostId, inner, widget) {
  const host = findNode(graph, hostId);
  const definition = host && findDefinition(graph, host.type);
  if (!host || !definition) return graph;
  const listed = /** @type {any[]} */ (host.properties?.proxyWidgets ?? []);
  const place = proxiesOf(host).findIndex(([id, name]) => id === String(inner) && name === widget);
  const values = Array.isArray(host.widgets_values) ? host.widgets_values : [];
  const slot = promotedSlots(definition).length + place;
  const next =
    place < 0
      ? { proxyWidgets: [...listed, [String(inner), widget]], values }
      : {
          proxyWidgets: listed.filter((proxy) => !(String(proxy[0]) === String(inner) && proxy[1] === widget)),
          values: values.filter((_value, index) => index !== slot),
        };
  return changeNode(graph, hostId, (node) => ({
    ...node,
    properties: { ...node.properties, proxyWidgets: next.proxyWidgets },
    ...(next.values.length || node.widgets_values ? { widgets_values: next.values } : {}),
  }));
}
