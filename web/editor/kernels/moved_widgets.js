// Widgets that a subgraph's node shows, after they have moved to another node inside: they stay shown, with their values.
import { changeNode, changeNodes } from "../document/edits.js";
import { changeGraphs } from "../document/hosts.js";
import { closeGraph, openGraph } from "../document/scopes.js";
import { proxiesOf } from "./subgraph_faces.js";
/** @import {Workflow, WorkflowNode} from "../document/types.js" */

/** @typedef {(id: string, name: string) => [string, string]} Follow where a widget is now: the node inside, and the widget's name on it */

/**
 * The workflow after nodes of a subgraph went into another one inside of it: what its nodes show of them is shown through
 * the new one, values and all.
 * @param {Workflow} workflow
 * @param {string} type of the subgraph in which that happened
 * @param {ReadonlySet<string>} moved ids of the nodes
 * @param {string} host id of the node that holds them now
 * @returns {Workflow}
 */
export function showThrough(workflow, type, moved, host) {
  const shown = listedOf(workflow, type).filter(([id]) => moved.has(id));
  const graph = openGraph(workflow, type);
  if (!shown.length || !graph) return workflow;
  const listing = changeNode(graph, host, (node) => ({ ...node, properties: { ...node.properties, proxyWidgets: shown } }));
  return followWidgets(closeGraph(workflow, type, listing), type, (id, name) => (moved.has(id) ? [host, `${id}/${name}`] : [id, name]));
}

/**
 * The workflow in which all nodes of a subgraph list its widgets where they are now, and so do the nodes around those.
 * @param {Workflow} workflow
 * @param {string} type
 * @param {Follow} follow
 * @returns {Workflow}
 */
export function followWidgets(workflow, type, follow) {
  const hostsIn = (/** @type {WorkflowNode[]} */ nodes = []) => new Set(nodes.filter((node) => node.type === type).map((node) => String(node.id)));
  let next = changeGraphs(workflow, (graph) => changeNodes(graph, hostsIn(graph.nodes), (node) => following(node, follow)));
  for (const around of next.definitions?.subgraphs ?? []) {
    const hosts = hostsIn(around.nodes);
    if (!hosts.size) continue;
    next = followWidgets(next, around.id, (id, name) => (hosts.has(id) ? [id, followedName(name, follow)] : [id, name]));
  }
  return next;
}

/** The name that a node gives a widget which it lists: the id inside and the name there. @param {string} name @param {Follow} follow */
function followedName(name, follow) {
  const at = name.indexOf("/");
  return at < 0 ? name : follow(name.slice(0, at), name.slice(at + 1)).join("/");
}

/** @param {WorkflowNode} node @param {Follow} follow @returns {WorkflowNode} */
function following(node, follow) {
  if (!proxiesOf(node).some(([id, name]) => follow(id, name).join("/") !== `${id}/${name}`)) return node;
  const listed = /** @type {any[]} */ (node.properties?.proxyWidgets);
  const proxyWidgets = listed.map((proxy) => (String(proxy[0]) === "-1" ? proxy : follow(String(proxy[0]), String(proxy[1]))));
  const named = node.widgets_values_named && Object.fromEntries(Object.entries(node.widgets_values_named).map(([name, value]) => [followedName(name, follow), value]));
  return { ...node, properties: { ...node.properties, proxyWidgets }, ...(named ? { widgets_values_named: named } : {}) };
}

/** What any node of a subgraph shows from inside. @param {Workflow} workflow @param {string} type @returns {[string, string][]} */
function listedOf(workflow, type) {
  const graphs = [workflow.nodes, ...(workflow.definitions?.subgraphs ?? []).map((subgraph) => subgraph.nodes ?? [])];
  const listed = graphs.flat().filter((node) => node.type === type).flatMap(proxiesOf);
  return [...new Map(listed.map((proxy) => [proxy.join("/"), proxy])).values()];
}
