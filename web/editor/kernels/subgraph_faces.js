// What a subgraph's node shows: the inputs that lead to a widget inside as widgets, and the widgets that it lists as its own.
import { promotedSlots } from "../document/hosts.js";
import { openGraph } from "../document/scopes.js";
import { findNode, inputPlace, linksById } from "../document/workflow.js";
import { wordsOf } from "./dynamic_inputs.js";
import { widgetValue } from "./widget_values.js";
/** @import {SubgraphDefinition, SubgraphSlot, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Face} from "./faces.js" */
/** @import {Widget} from "./schema.js" */

/** @typedef {(graph: Workflow, node: WorkflowNode) => Face} FaceReader */
/** @typedef {{graph: Workflow, node: WorkflowNode, widget: Widget}} InnerWidget */

/**
 * The widgets of a node that is a subgraph, in the order in which it stores their values. Where it stores none, the
 * value inside holds.
 * @param {Workflow} workflow
 * @param {WorkflowNode} host
 * @param {SubgraphDefinition} definition
 * @param {FaceReader} faceOf
 * @returns {Widget[]}
 */
export function hostWidgets(workflow, host, definition, faceOf) {
  const graph = openGraph(workflow, definition.id);
  if (!graph) return [];
  const promoted = promotedSlots(definition).map((slot) => shown(innersOfSlot(graph, slot, faceOf)[0] ?? null, slot.name, slot.label || wordsOf(slot.name), faceOf));
  const proxied = proxiesOf(host).map(([id, name]) => {
    const inner = innerWidget(graph, id, name, faceOf);
    const widget = shown(inner, `${id}/${name}`, inner ? "" : wordsOf(name), faceOf);
    // Of a node that was deleted nothing is shown; an undo brings it back, with the value that is kept.
    return findNode(graph, id) ? widget : { ...widget, options: { ...widget.options, hidden: true } };
  });
  const controlled = new Set(proxied.map((widget) => widget.controls));
  return toldApart([...promoted, ...proxied], graph, faceOf).map((widget, slot) => ({ ...widget, slot, ...(controlled.has(widget.name) ? { moves: undefined } : {}) }));
}

/** Of several of one label the later ones say their node too. @param {Widget[]} widgets @param {Workflow} graph @param {FaceReader} faceOf @returns {Widget[]} */
function toldApart(widgets, graph, faceOf) {
  const taken = new Set();
  return widgets.map((widget) => {
    const label = String(widget.options.label);
    const node = taken.has(label) && !widget.options.hidden && widget.name.includes("/") ? findNode(graph, widget.name.split("/")[0]) : undefined;
    taken.add(label);
    return node ? { ...widget, options: { ...widget.options, label: `${faceOf(graph, node).title}: ${label}` } } : widget;
  });
}

/**
 * The widgets inside that a node lists as its own, as node id and name.
 * @param {WorkflowNode} host
 * @returns {[string, string][]}
 */
export function proxiesOf(host) {
  const listed = /** @type {any[]} */ (Array.isArray(host.properties?.proxyWidgets) ? host.properties?.proxyWidgets : []);
  return listed.filter((proxy) => Array.isArray(proxy) && proxy.length >= 2 && String(proxy[0]) !== "-1").map(([id, name]) => [String(id), String(name)]);
}

/**
 * @param {Workflow} graph
 * @param {string} id
 * @param {string} name
 * @param {FaceReader} faceOf
 * @returns {InnerWidget | null}
 */
export function innerWidget(graph, id, name, faceOf) {
  const node = findNode(graph, id);
  const widget = node && widgetNamed(faceOf(graph, node).widgets, name);
  return node && widget ? { graph, node, widget } : null;
}

/** Which widget is meant: other programs write those of a nested subgraph as `id: name`, or by the name alone. @param {Widget[]} widgets @param {string} name */
function widgetNamed(widgets, name) {
  const alone = widgets.filter((item) => item.name.endsWith(`/${name}`));
  return widgets.find((item) => item.name === name) ?? widgets.find((item) => item.name === name.replace(": ", "/")) ?? (alone.length === 1 ? alone[0] : undefined);
}

/**
 * The widgets inside that a slot of the subgraph leads to; its nodes show the first.
 * @param {Workflow} graph
 * @param {SubgraphSlot} slot
 * @param {FaceReader} faceOf
 * @returns {InnerWidget[]}
 */
export function innersOfSlot(graph, slot, faceOf) {
  return (slot.linkIds ?? []).flatMap((id) => {
    const link = linksById(graph).get(id);
    const target = link && findNode(graph, link.to);
    const input = link && target?.inputs?.[inputPlace(target, link)];
    const found = input?.widget && link && innerWidget(graph, String(link.to), input.widget.name, faceOf);
    return found ? [found] : [];
  });
}

/**
 * The names of a subgraph's inputs that a node inside needs.
 * @param {Workflow} workflow
 * @param {SubgraphDefinition} definition
 * @param {FaceReader} faceOf
 * @returns {ReadonlySet<string>}
 */
export function neededSlots(workflow, definition, faceOf) {
  const graph = openGraph(workflow, definition.id);
  const needs = (/** @type {number} */ id) => {
    const link = graph && linksById(graph).get(id);
    const target = link && findNode(graph, link.to);
    const place = link ? inputPlace(target, link) : -1;
    const input = target && faceOf(/** @type {Workflow} */ (graph), target).inputs.find(({ index }) => index === place);
    return Boolean(input && !input.isOptional && !input.isWidget);
  };
  return new Set((definition.inputs ?? []).filter((slot) => slot.linkIds?.some(needs)).map((slot) => slot.name));
}

/** @param {InnerWidget | null} inner @param {string} name @param {string} label @param {FaceReader} faceOf @returns {Widget} */
function shown(inner, name, label, faceOf) {
  if (!inner) return { name, type: "*", kind: "text", slot: 0, sends: false, initial: "", options: { label }, choices: [] };
  const { graph, node, widget } = inner;
  const options = { ...widget.options, label: label || widget.options.label || wordsOf(widget.name) };
  const control = faceOf(graph, node).widgets.find((item) => item.kind === "control" && item.controls === widget.name);
  const moves = control && widgetValue(node, control);
  return { ...widget, name, options, initial: widgetValue(node, widget), controls: widget.controls && `${node.id}/${widget.controls}`, moves: widget.moves ?? moves };
}
