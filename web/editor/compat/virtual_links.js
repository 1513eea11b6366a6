// A workflow without the nodes that only packs' scripts know: what those pass on is linked directly, what they set is set.
import { findDefinition } from "../document/scopes.js";
import { readLink, writeLink } from "../document/workflow.js";
/** @import {Link, Workflow} from "../document/types.js" */
/** @import {PackApp} from "./app.js" */
/** @import {PackGraph} from "./graph.js" */
/** @import {PackNode} from "./node.js" */

const MOST_HOPS = 100;

/** Whether a workflow has such nodes. @param {PackApp} app */
export function hasVirtual({ graph, ownClasses }) {
  return [graph, ...graph.subgraphs.values()].some((inner) => inner.nodes.some((node) => ownClasses.has(node.type)));
}

/**
 * The workflow as it is sent.
 * @param {PackApp} app
 * @returns {Workflow}
 */
export function withoutVirtual(app) {
  const { graph, blame, editor } = app;
  const graphs = [graph, ...graph.subgraphs.values()];
  const isVirtual = (/** @type {PackNode | null} */ node) => node !== null && app.ownClasses.has(node.type);
  /** @type {Workflow} */
  let set = editor.document.workflow;
  // What they set is for this run only.
  graph.world.follow(() => {
    for (const node of graphs.flatMap((inner) => inner.nodes)) {
      if (isVirtual(node)) blame.guard(node.type, "applyToGraph", () => /** @type {any} */ (node).applyToGraph?.());
    }
    set = editor.document.workflow;
  });
  const subgraphs = set.definitions?.subgraphs?.map((definition) => {
    const inner = graph.subgraphs.get(definition.id);
    return inner ? { ...definition, ...rewired(app, inner, /** @type {any} */ (findDefinition(set, definition.id)), isVirtual) } : definition;
  });
  return { ...set, ...rewired(app, graph, set, isVirtual), ...(subgraphs ? { definitions: { ...set.definitions, subgraphs } } : {}) };
}

/**
 * @param {PackApp} app
 * @param {PackGraph} graph
 * @param {Workflow} stored
 * @param {(node: PackNode | null) => boolean} isVirtual
 */
function rewired({ blame }, graph, stored, isVirtual) {
  const links = (stored.links ?? []).flatMap((link) => {
    const { from, fromSlot, ...rest } = readLink(link);
    const origin = blame.guard("?", "getInputLink", () => originOf(graph, { from, fromSlot }, isVirtual)) ?? null;
    if (!origin || isVirtual(graph.getNodeById(rest.to))) return [];
    return [origin.from === from && origin.fromSlot === fromSlot ? link : writeLink({ ...rest, ...origin }, stored)];
  });
  const kept = new Set(links.map((link) => readLink(link).id));
  const nodes = (stored.nodes ?? [])
    .filter((node) => !isVirtual(graph.getNodeById(node.id)))
    .map((node) => ({ ...node, inputs: node.inputs?.map((slot) => (slot.link == null || kept.has(slot.link) ? slot : { ...slot, link: null })) }));
  return { nodes, links };
}

/**
 * What really feeds a link, or null where nothing does.
 * @param {PackGraph} graph
 * @param {Pick<Link, "from" | "fromSlot">} start
 * @param {(node: PackNode | null) => boolean} isVirtual
 */
function originOf(graph, start, isVirtual) {
  let { from, fromSlot } = start;
  for (let hops = 0; hops < MOST_HOPS; hops += 1) {
    const node = /** @type {any} */ (graph.getNodeById(from));
    if (!isVirtual(node)) return { from, fromSlot };
    const passed = node.resolveVirtualOutput?.(fromSlot);
    if (passed) [from, fromSlot] = [passed.node.id, passed.slot];
    else {
      const link = node.getInputLink(fromSlot);
      if (!link) return null;
      [from, fromSlot] = [link.origin_id, link.origin_slot];
    }
  }
  return null;
}
