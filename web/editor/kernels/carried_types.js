// What reroutes carry: a slot that takes anything is of the type that it is linked with, along reroutes and into subgraphs.
import { openGraph } from "../document/scopes.js";
import { INPUT_BOX, OUTPUT_BOX } from "../document/slots.js";
import { findNode, inputPlace, linksById } from "../document/workflow.js";
/** @import {InputSlot, Link, OutputSlot, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Face} from "./faces.js" */

/** @typedef {{node: WorkflowNode, place: number}} OutputEnd an output of a node */

const ANY = "*";
const CARRYING = ["reroute", "subgraph", "box"];
/** Faces with their types, by the face without them and those types. @type {WeakMap<Face, Map<string, Face>>} */
const typed = new WeakMap();

/**
 * The face with the types that its slots for anything have by what they are linked with.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {Face} face of the node
 * @returns {Face} the same where nothing is to be added, and for the same types
 */
export function withCarried(workflow, node, face) {
  if (!CARRYING.includes(face.kind)) return face;
  const taken = face.inputs.map(({ type, index }) => (type === ANY && index >= 0 ? takenType(workflow, node, index) : type));
  const given = face.outputs.map(({ type, index }) => (type === ANY ? givenType(workflow, node, index) : type));
  const carried = face.kind === "reroute" ? given[0] : ANY;
  if (carried === ANY && sameTypes(face.inputs, taken) && sameTypes(face.outputs, given)) return face;
  const known = typed.get(face) ?? new Map();
  typed.set(face, known);
  const key = JSON.stringify([taken, given]);
  if (!known.has(key)) {
    const inputs = face.inputs.map((slot, at) => ({ ...slot, type: taken[at], ...(carried === ANY ? {} : { carried }) }));
    known.set(key, { ...face, inputs, outputs: face.outputs.map((slot, at) => ({ ...slot, type: given[at] })) });
  }
  return known.get(key);
}

/**
 * The type of what a link carries.
 * @param {Workflow} workflow
 * @param {Link} link
 */
export function carriedType(workflow, link) {
  const source = findNode(workflow, link.from);
  if (!source || (source.type !== "Reroute" && link.type !== ANY)) return link.type;
  const given = givenType(workflow, source, link.fromSlot);
  return given === ANY ? link.type : given;
}

/**
 * The type of what an output gives: of a reroute that of its source, or where it has none that of what it feeds.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {number} place of the output
 * @param {Set<InputSlot | OutputSlot>} [seen] slots that were asked already
 * @returns {string}
 */
function givenType(workflow, node, place, seen = new Set()) {
  const first = beginning(workflow, { node, place });
  const slot = first.node.outputs?.[first.place];
  const type = String(slot?.type ?? ANY);
  if (!slot || type !== ANY || seen.has(slot)) return type;
  seen.add(slot);
  const isOpen = first.node.type === "Reroute" || Number(first.node.id) === INPUT_BOX;
  return isOpen ? wantedType(workflow, slot.links ?? [], seen) : givenInside(workflow, first, seen);
}

/** What comes out of a subgraph; what only passes through it is of the type that goes in. @param {Workflow} workflow @param {OutputEnd} end @param {Set<InputSlot | OutputSlot>} seen @returns {string} */
function givenInside(workflow, { node, place }, seen) {
  const graph = openGraph(workflow, node.type);
  const inner = graph && originOf(graph, findNode(graph, OUTPUT_BOX)?.inputs?.[place]?.link);
  if (!graph || !inner) return ANY;
  const first = beginning(graph, inner);
  if (Number(first.node.id) !== INPUT_BOX) return givenType(graph, first.node, first.place, seen);
  const name = first.node.outputs?.[first.place]?.name;
  const outer = originOf(workflow, node.inputs?.find((slot) => slot.name === name)?.link);
  return outer ? givenType(workflow, outer.node, outer.place, seen) : ANY;
}

/**
 * The type of what an input takes: of a reroute that of what it feeds.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {number} place of the input
 * @param {Set<InputSlot | OutputSlot>} [seen]
 * @returns {string}
 */
function takenType(workflow, node, place, seen = new Set()) {
  const slot = node.inputs?.[place];
  const type = String(slot?.type ?? ANY);
  if (!slot || type !== ANY || seen.has(slot)) return type;
  seen.add(slot);
  if (node.type === "Reroute") return wantedType(workflow, node.outputs?.[0]?.links ?? [], seen);
  const graph = openGraph(workflow, node.type);
  const inner = graph && findNode(graph, INPUT_BOX)?.outputs?.find((item) => item.name === slot.name);
  return graph && inner ? wantedType(graph, inner.links ?? [], seen) : ANY;
}

/** What all the ends of some links take; of several types those that are common. @param {Workflow} workflow @param {readonly number[]} links @param {Set<InputSlot | OutputSlot>} seen */
function wantedType(workflow, links, seen) {
  const ends = links.flatMap((id) => linksById(workflow).get(id) ?? []);
  const wanted = ends.flatMap((link) => {
    const target = findNode(workflow, link.to);
    const type = target ? takenType(workflow, target, inputPlace(target, link), seen) : ANY;
    return type === ANY ? [] : [type];
  });
  const common = wanted[0]?.split(",").filter((name) => wanted.every((type) => type.split(",").includes(name)));
  return common?.join(",") || (wanted[0] ?? ANY);
}

/** Where the way of reroutes that ends at an output begins. @param {Workflow} workflow @param {OutputEnd} end @returns {OutputEnd} */
function beginning(workflow, end) {
  const seen = new Set();
  for (let at = end; ; ) {
    const before = at.node.type === "Reroute" && !seen.has(at.node) ? originOf(workflow, at.node.inputs?.[0]?.link) : null;
    if (!before) return at;
    seen.add(at.node);
    at = before;
  }
}

/** @param {Workflow} workflow @param {number | null | undefined} id of a link @returns {OutputEnd | null} */
function originOf(workflow, id) {
  const link = linksById(workflow).get(id ?? -1);
  const node = link && findNode(workflow, link.from);
  return node ? { node, place: link.fromSlot } : null;
}

/** @param {readonly {type: string}[]} slots @param {readonly string[]} types */
function sameTypes(slots, types) {
  return slots.every((slot, at) => slot.type === types[at]);
}
