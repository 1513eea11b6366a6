// Which outputs of a prompt some cards stand for: themselves, or the outputs inside a subgraph.
import { nodesById } from "../document/workflow.js";
import { definitionOf } from "./faces.js";
/** @import {NodeDefinitions, Workflow, WorkflowNode} from "../document/types.js" */

const SKIPPED_MODES = [2, 4];

/**
 * The ids, as the prompt has them, of the output nodes that the given cards are or hold; muted and bypassed ones are none.
 * @param {Workflow} workflow
 * @param {ReadonlySet<string>} ids of cards
 * @param {NodeDefinitions} definitions
 * @returns {string[]}
 */
export function outputTargets(workflow, ids, definitions) {
  const nodes = nodesById(workflow);
  const chosen = [...ids].map((id) => nodes.get(id)).filter((node) => node !== undefined);
  return chosen.flatMap((node) => outputsOf(workflow, node, definitions, ""));
}

/**
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {NodeDefinitions} definitions
 * @param {string} path ids of the subgraphs around the node, each with a colon behind it
 * @returns {string[]}
 */
function outputsOf(workflow, node, definitions, path) {
  if (SKIPPED_MODES.includes(node.mode ?? 0)) return [];
  const id = `${path}${node.id}`;
  if (definitionOf(definitions, node.type)?.output_node) return [id];
  const subgraph = /** @type {any} */ (workflow.definitions?.subgraphs?.find((item) => item.id === node.type));
  const inner = /** @type {WorkflowNode[]} */ (subgraph?.nodes ?? []);
  return inner.flatMap((item) => outputsOf(workflow, item, definitions, `${id}:`));
}
