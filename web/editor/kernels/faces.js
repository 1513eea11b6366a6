// What a node shows: its title, slots and widgets, from its stored form and its class's declaration.
import { say } from "../texts/texts.js";
import { findNode, linksById } from "../document/workflow.js";
import { INPUT_BOX_TYPE, isBox, OUTPUT_BOX_TYPE } from "../document/slots.js";
import { withCarried } from "./carried_types.js";
import { shortName } from "./dynamic_inputs.js";
import { schemaOf } from "./schema.js";
import { hostWidgets, neededSlots } from "./subgraph_faces.js";
import { classTitle } from "./titles.js";
import { turnedNames } from "./turned_inputs.js";
import { isVirtual, VIRTUAL_NODES } from "./virtual_nodes.js";
/** @import {NodeDefinition, NodeDefinitions, NodeId, SubgraphDefinition, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "./schema.js" */

/**
 * An input slot as shown. `index` is its place in the stored node, -1 where the file does not list it yet.
 * @typedef {object} InputFace
 * @property {string} name
 * @property {string} label
 * @property {string} type
 * @property {string} [carried] of a reroute: the type of what it carries, which may be narrower than what it takes
 * @property {number} index
 * @property {number | null} link
 * @property {boolean} isWidget whether it feeds a widget
 * @property {boolean} isTurned whether its socket is shown in place of that widget
 * @property {boolean} isOptional
 * @property {string} tooltip
 */

/** @typedef {{name: string, label: string, type: string, index: number, isLinked: boolean, tooltip: string}} OutputFace */

/**
 * @typedef {object} Face
 * @property {string} title
 * @property {"plain" | "reroute" | "note" | "subgraph" | "box" | "unknown" | "waiting"} kind
 * @property {InputFace[]} inputs
 * @property {OutputFace[]} outputs
 * @property {Widget[]} widgets
 * @property {boolean} showsPictures whether the card has room for pictures: its results, or the one it loads
 * @property {string} description
 */

/** The classes before the server has told of any. @type {NodeDefinitions} */
export const NOT_TOLD_YET = Object.freeze({});

/** What a face was made of: while these are the same, so is the face. @typedef {{definition: any, inside: any}} Sources */

/** @type {WeakMap<WorkflowNode, Sources & {face: Face}>} */
const faces = new WeakMap();

/**
 * The declaration of a node's class, the editor's own included.
 * @param {NodeDefinitions} definitions
 * @param {string} type
 * @returns {NodeDefinition | undefined}
 */
export function definitionOf(definitions, type) {
  if (Object.hasOwn(definitions, type)) return definitions[type];
  return isVirtual(type) ? VIRTUAL_NODES[type] : undefined;
}

/**
 * What a node shows on its card.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {NodeDefinitions} definitions
 * @returns {Face}
 */
export function faceOf(workflow, node, definitions) {
  const definition = definitionOf(definitions, node.type);
  if (node.type === "PrimitiveNode") {
    return { ...plainFace(workflow, node, definition), widgets: primitiveWidgets(workflow, node, definitions) };
  }
  const isHost = !definition && workflow.definitions?.subgraphs?.some((item) => item.id === node.type);
  const isWaiting = !definition && definitions === NOT_TOLD_YET;
  const sources = isHost || isWaiting ? { definition: definitions, inside: workflow.definitions } : { definition, inside: null };
  const known = faces.get(node);
  const isFresh = known && known.definition === sources.definition && known.inside === sources.inside;
  const face = isFresh ? known.face : definition ? plainFace(workflow, node, definition) : undeclaredFace(workflow, node, definitions);
  if (!isFresh) faces.set(node, { ...sources, face });
  return withCarried(workflow, node, face);
}

/**
 * The widgets of a primitive: its target's widget (and that widget's companions) in slots of its own.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {NodeDefinitions} definitions
 * @returns {Widget[]}
 */
function primitiveWidgets(workflow, node, definitions) {
  const links = linksById(workflow);
  for (const id of node.outputs?.[0]?.links ?? []) {
    const link = links.get(id);
    const target = link && findNode(workflow, link.to);
    const input = target?.inputs?.find((slot) => slot.link === id);
    const definition = target && definitionOf(definitions, target.type);
    if (!input?.widget || !definition) continue;
    const fed = input.widget.name;
    const { widgets } = schemaOf(definition, target);
    const taken = widgets.filter((widget) => widget.name === fed || widget.controls === fed);
    return taken
      .filter((widget) => widget.kind !== "upload")
      .map((widget, slot) => ({ ...widget, slot, name: widget.name === fed ? "value" : widget.name, controls: widget.controls && "value" }));
  }
  return [];
}

/** What tells a widget of a node from its others. @param {Widget} widget */
export function widgetKey({ name, slot }) {
  return `${name} ${slot}`;
}

/** What tells a node from those of equal ids in subgraphs. @param {Workflow} graph that it lies in @param {NodeId} id */
export function scopedId(graph, id) {
  return isBox(graph.nodes[0]?.id) ? `${graph.id}/${id}` : String(id);
}

/** The widgets with what packs' scripts have changed of them on this node. @param {NodeDefinition} definition @param {string} id @param {Widget[]} widgets */
function changedBy(definition, id, widgets) {
  const changes = definition.changed?.get(id);
  return changes ? widgets.map((widget) => ({ ...widget, ...changes.get(widgetKey(widget)) })) : widgets;
}

/**
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {NodeDefinition | undefined} definition
 * @returns {Face}
 */
function plainFace(workflow, node, definition) {
  if (!definition) throw new Error(`No declaration for ${node.type}.`);
  const { sockets, widgets: declared } = schemaOf(definition, node);
  const id = scopedId(workflow, node.id);
  const widgets = changedBy(definition, id, [...declared, ...(definition.added?.get(id) ?? [])]);
  const stored = node.inputs ?? [];
  const widgetNames = new Set(widgets.filter((widget) => widget.sends).map((widget) => widget.name));
  const turned = turnedNames(node);
  /** @type {InputFace[]} */
  const inputs = stored.map((slot, index) => {
    const socket = sockets.find((item) => item.name === slot.name);
    const widget = slot.widget ? widgets.find((item) => item.name === slot.widget?.name) : undefined;
    return {
      name: slot.name,
      label: slot.label || (socket ? shortName(slot.name) : slot.name),
      type: String(slot.type ?? socket?.type ?? "*"),
      index,
      link: slot.link ?? null,
      isWidget: Boolean(slot.widget) || (!socket && widgetNames.has(slot.name)),
      isTurned: turned.has(slot.name) && widgetNames.has(slot.name),
      isOptional: socket?.isOptional ?? false,
      tooltip: socket?.options.tooltip ?? widget?.options.tooltip ?? "",
    };
  });
  const listed = new Set(stored.map((slot) => slot.name));
  for (const socket of sockets) {
    if (listed.has(socket.name) || node.type === "Reroute") continue;
    inputs.push({ ...absentInput(socket.name, socket.type, false), isOptional: socket.isOptional, tooltip: socket.options.tooltip ?? "" });
  }
  for (const widget of declared) {
    if (widget.sends && !listed.has(widget.name) && !isVirtual(node.type)) inputs.push({ ...absentInput(widget.name, widget.type, true), isTurned: turned.has(widget.name) });
  }
  const endsInPictures = Boolean(definition.output_node) && sockets.some((socket) => socket.type === "IMAGE");
  return {
    title: node.title || classTitle(definition),
    kind: node.type === "Reroute" ? "reroute" : node.type.endsWith("Note") && isVirtual(node.type) ? "note" : "plain",
    inputs,
    outputs: outputFaces(node, definition),
    widgets,
    showsPictures: endsInPictures || widgets.some((widget) => widget.kind === "upload" || widget.kind === "paint"),
    description: definition.description ?? "",
  };
}

/**
 * @param {string} name
 * @param {string} type
 * @param {boolean} isWidget
 * @returns {InputFace}
 */
function absentInput(name, type, isWidget) {
  return { name, label: shortName(name), type, index: -1, link: null, isWidget, isTurned: false, isOptional: false, tooltip: "" };
}

/**
 * @param {WorkflowNode} node
 * @param {NodeDefinition} [definition]
 * @returns {OutputFace[]}
 */
function outputFaces(node, definition) {
  const declared = definition?.output ?? [];
  const count = Math.max(node.outputs?.length ?? 0, declared.length);
  return Array.from({ length: count }, (_none, index) => {
    const stored = node.outputs?.[index];
    const type = String(stored?.type ?? declared[index] ?? "*");
    const name = stored?.name ?? definition?.output_name?.[index] ?? type;
    return {
      name,
      label: stored?.label || name,
      type,
      index,
      isLinked: Boolean(stored?.links?.length),
      tooltip: definition?.output_tooltips?.[index] ?? "",
    };
  });
}

/**
 * A node that no class declares: a subgraph, one of a subgraph's boxes, or a class that this server does not know.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {NodeDefinitions} definitions
 * @returns {Face}
 */
function undeclaredFace(workflow, node, definitions) {
  const subgraph = workflow.definitions?.subgraphs?.find((item) => item.id === node.type);
  const read = (/** @type {Workflow} */ graph, /** @type {WorkflowNode} */ inner) => faceOf(graph, inner, definitions);
  const widgets = subgraph ? hostWidgets(workflow, node, subgraph, read) : [];
  const needed = subgraph ? neededSlots(workflow, subgraph, read) : new Set(isBox(node.id) ? node.inputs?.map(({ name }) => name) : []);
  const names = new Set(widgets.map((widget) => widget.name));
  const turned = turnedNames(node);
  const inputs = (node.inputs ?? []).map((slot, index) => ({
    name: slot.name,
    label: slot.label || slot.name,
    type: String(slot.type ?? "*"),
    index,
    link: slot.link ?? null,
    isWidget: names.has(slot.name),
    isTurned: turned.has(slot.name) && names.has(slot.name),
    isOptional: !needed.has(slot.name),
    tooltip: "",
  }));
  const listed = new Set(inputs.map((input) => input.name));
  const absent = (subgraph?.inputs ?? []).filter((slot) => !listed.has(slot.name));
  inputs.push(...absent.map((slot) => ({ ...absentInput(slot.name, String(slot.type), names.has(slot.name)), isOptional: !needed.has(slot.name) })));
  return { ...identity(node, definitions, subgraph), inputs, outputs: outputFaces(node), widgets, showsPictures: false };
}

/**
 * @param {WorkflowNode} node
 * @param {NodeDefinitions} definitions
 * @param {SubgraphDefinition} [subgraph]
 * @returns {Pick<Face, "title" | "kind" | "description">}
 */
function identity(node, definitions, subgraph) {
  if (node.type === INPUT_BOX_TYPE) return { title: say("card.inputs"), kind: "box", description: say("card.inputs-hint") };
  if (node.type === OUTPUT_BOX_TYPE) return { title: say("card.outputs"), kind: "box", description: say("card.outputs-hint") };
  if (subgraph) return { title: node.title || subgraph.name || node.type, kind: "subgraph", description: say("card.subgraph") };
  if (definitions === NOT_TOLD_YET) return { title: node.title || node.type, kind: "waiting", description: say("card.waiting-for-class") };
  const description = say("card.unknown", { type: node.type });
  return { title: node.title || node.type, kind: "unknown", description };
}
