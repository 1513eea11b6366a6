// Which outputs of a prompt some cards stand for (themselves, or the outputs inside a subgraph), and what outputs need.
import { linksById, nodesById } from "../document/workflow.js";
import { definitionOf } from "./faces.js";
import { isVirtual } from "./virtual_nodes.js";
/** @import {NodeDefinitions, Prompt, Workflow, WorkflowNode} from "../document/types.js" */

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

/**
 * The ids of a prompt's nodes that outputs need: these, and all by which they are fed.
 * @param {Prompt} prompt
 * @param {Iterable<string>} outputs ids of nodes
 */
export function neededFor(prompt, outputs) {
  return upstream(outputs, (id) => Object.values(prompt[id]?.inputs ?? {}).flatMap((value) => (isLink(value) ? [value[0]] : []))).filter((id) => id in prompt);
}

/**
 * The cards that a run of a workflow waits for, by their ids; what is skipped and what only the editor knows is none.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {readonly string[]} [targets] outputs as the prompt has them; all where none are named
 */
export function neededCards(workflow, definitions, targets) {
  const nodes = nodesById(workflow);
  const wanted = targets ?? outputTargets(workflow, new Set(nodes.keys()), definitions);
  /** @type {Map<string, string[]>} */
  const sources = new Map();
  for (const { from, to } of linksById(workflow).values()) sources.set(String(to), [...(sources.get(String(to)) ?? []), String(from)]);
  return upstream(wanted.map((id) => id.split(":")[0]), (id) => sources.get(id) ?? []).filter((id) => {
    const node = nodes.get(id);
    return node && !SKIPPED_MODES.includes(node.mode ?? 0) && !isVirtual(node.type);
  });
}

/** @param {Iterable<string>} starts @param {(id: string) => string[]} sourcesOf */
function upstream(starts, sourcesOf) {
  const found = new Set(starts);
  // A set goes on to what is added to it meanwhile.
  for (const id of found) for (const source of sourcesOf(id)) found.add(source);
  return [...found];
}

/** @param {any} value @returns {value is [string, number]} */
export function isLink(value) {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && Number.isInteger(value[1]);
}
