// What the page knows of the objects that packs' scripts take for nodes. It is kept beside them, for scripts also bring
// classes that know nothing of the page's own, whose constructors are run with nothing prepared.
import { scopedId } from "../kernels/faces.js";
import { say } from "../texts/texts.js";
import { NotOfferedError } from "./blame.js";
import { Slots } from "./written.js";
/** @import {WorkflowNode} from "../document/types.js" */
/** @import {PackGraph} from "./graph.js" */
/** @import {PackWidget} from "./node_widgets.js" */

/**
 * @typedef {object} NodeState
 * @property {PackGraph} graph
 * @property {string} key the node's id as text
 * @property {string} declaredAs what tells it from nodes of equal ids in subgraphs
 * @property {string} type
 * @property {WorkflowNode} last its last form, for scripts that look at one that was just removed
 * @property {WorkflowNode | null} made the node while scripts make it: what they do to it then reaches the workflow only where it is new there
 * @property {boolean} isConstructing whether its constructor runs: what the server's class declares is there then
 * @property {Record<string, any>} firstProperties what scripts gave it as it was made; what is stored stands over it
 * @property {boolean} isConfiguring
 * @property {Map<string, PackWidget>} widgets
 * @property {Slots} slots
 */

/** @type {WeakMap<object, NodeState>} */
const states = new WeakMap();
/** Of the node whose constructor is about to run. @type {NodeState | null} */
let making = null;

/** @param {object} node @returns {NodeState} */
export function stateOf(node) {
  const known = states.get(node);
  if (known) return known;
  if (!making) throw new NotOfferedError(say("packs.loose-node"));
  const state = making;
  making = null;
  states.set(node, state);
  return state;
}

/**
 * Make the object of a node. Until `finishMaking` what scripts do to it is done to its first state.
 * @template T
 * @param {new (title?: string) => T} nodeClass
 * @param {{graph: PackGraph, key: string, stored: WorkflowNode, first: WorkflowNode}} place
 * @returns {T}
 */
export function construct(nodeClass, { graph, key, stored, first }) {
  making = { graph, key, declaredAs: scopedId(graph.workflow, key), type: stored.type, last: stored, made: first, isConstructing: true, firstProperties: {}, isConfiguring: false, widgets: new Map(), slots: new Slots() };
  try {
    const node = new nodeClass(/** @type {any} */ (nodeClass).title);
    stateOf(/** @type {object} */ (node)).isConstructing = false;
    return node;
  } finally {
    making = null;
  }
}

/** What scripts have made of a node. @param {object} node @returns {WorkflowNode} */
export function finishMaking(node) {
  const state = stateOf(node);
  const made = state.made ?? state.last;
  state.made = null;
  state.firstProperties = made.properties ?? {};
  return made;
}
