// Looking into a subgraph: its definition as a workflow of its own, and the workflow after that was edited.
import { newId } from "./ids.js";
import { INPUT_BOX, OUTPUT_BOX, inputBox, isBox, outputBox, slotsOf } from "./slots.js";
import { syncHosts } from "./hosts.js";
import { linksById, nodePosition, nodesById, nodeSize } from "./workflow.js";
/** @import {SubgraphDefinition, Workflow, WorkflowNode} from "./types.js" */

/** @type {WeakMap<SubgraphDefinition, {definitions: Workflow["definitions"], graph: Workflow}>} */
const opened = new WeakMap();

/**
 * @param {Workflow} workflow
 * @param {string} id
 * @returns {SubgraphDefinition | undefined}
 */
export function findDefinition(workflow, id) {
  return workflow.definitions?.subgraphs?.find((subgraph) => subgraph.id === id);
}

/**
 * The subgraphs that nodes of these types are, and those inside of them.
 * @param {Workflow} workflow
 * @param {Iterable<string>} types
 * @returns {Map<string, SubgraphDefinition>}
 */
export function definitionsOf(workflow, types) {
  /** @type {Map<string, SubgraphDefinition>} */
  const found = new Map();
  const open = [...types];
  for (const type of open) {
    const definition = found.has(type) ? undefined : findDefinition(workflow, type);
    if (!definition) continue;
    found.set(type, definition);
    open.push(...(definition.nodes ?? []).map((node) => node.type));
  }
  return found;
}

/**
 * A subgraph as a workflow that can be shown and edited: its two boxes are nodes of it.
 * @param {Workflow} workflow
 * @param {string} id
 * @returns {Workflow | undefined}
 */
export function openGraph(workflow, id) {
  const definition = findDefinition(workflow, id);
  if (!definition) return undefined;
  const known = opened.get(definition);
  if (known && known.definitions === workflow.definitions) return known.graph;
  const nodes = [inputBox(definition), ...(definition.nodes ?? []), outputBox(definition)];
  const graph = /** @type {Workflow} */ ({ ...definition, nodes, links: definition.links ?? [], definitions: workflow.definitions });
  opened.set(definition, { definitions: workflow.definitions, graph });
  return graph;
}

/**
 * The workflow with an edited subgraph put back; where its slots have changed, every node that is this subgraph follows.
 * @param {Workflow} workflow
 * @param {string} id
 * @param {Workflow} graph what `openGraph` gave, edited
 * @returns {Workflow}
 */
export function closeGraph(workflow, id, graph) {
  const before = findDefinition(workflow, id);
  if (!before || graph === openGraph(workflow, id)) return workflow;
  const after = closedDefinition(before, graph);
  const subgraphs = (graph.definitions?.subgraphs ?? []).map((subgraph) => (subgraph.id === id ? after : subgraph));
  return syncHosts({ ...workflow, definitions: { ...graph.definitions, subgraphs } }, before, after);
}

/**
 * Apply a pure edit to a subgraph, or to the workflow itself.
 * @param {Workflow} workflow
 * @param {string | undefined} id of the subgraph
 * @param {(graph: Workflow) => Workflow} change
 * @returns {Workflow}
 */
export function changeGraph(workflow, id, change) {
  const graph = id === undefined ? undefined : openGraph(workflow, id);
  return id !== undefined && graph ? closeGraph(workflow, id, change(graph)) : change(workflow);
}

/**
 * @param {SubgraphDefinition} before
 * @param {Workflow} graph
 * @returns {SubgraphDefinition}
 */
function closedDefinition(before, graph) {
  const nodes = nodesById(graph);
  const [inputs, outputs] = [nodes.get(String(INPUT_BOX)), nodes.get(String(OUTPUT_BOX))];
  const links = linksById(graph);
  const targetOf = (/** @type {number} */ id) => {
    const link = links.get(id);
    const slot = link && nodes.get(String(link.to))?.inputs?.[link.toSlot];
    return { name: slot?.name || "input", type: String(slot?.type ?? link?.type ?? "*") };
  };
  const originOf = (/** @type {number} */ id) => {
    const link = links.get(id);
    const slot = link && nodes.get(String(link.from))?.outputs?.[link.fromSlot];
    return { name: slot?.name || "output", type: String(slot?.type ?? link?.type ?? "*") };
  };
  const { definitions: _definitions, ...rest } = graph;
  return /** @type {SubgraphDefinition} */ ({
    ...rest,
    nodes: graph.nodes.filter((node) => !isBox(node.id)),
    inputNode: placed(before.inputNode, INPUT_BOX, inputs),
    outputNode: placed(before.outputNode, OUTPUT_BOX, outputs),
    inputs: slotsOf(before.inputs ?? [], inputs?.outputs ?? [], targetOf, newId),
    outputs: slotsOf(before.outputs ?? [], outputs?.inputs ?? [], originOf, newId),
  });
}

/**
 * @param {{id?: number, bounding?: number[]} | undefined} before
 * @param {number} id
 * @param {WorkflowNode} [node]
 */
function placed(before, id, node) {
  if (!node) return before;
  const bounding = [...nodePosition(node), ...nodeSize(node)];
  return before?.bounding?.every((value, index) => value === bounding[index]) ? before : { ...before, id, bounding };
}
