// Subgraphs as parts to build with: kept as workflows of one node, offered like node classes, and put on the canvas.
import { newId } from "../document/ids.js";
import { definitionsOf, findDefinition } from "../document/scopes.js";
import { emptyWorkflow, findNode } from "../document/workflow.js";
import { copyNodes, pasteNodes } from "./copying.js";
/** @import {NodeDefinition, NodeId, SubgraphDefinition, SubgraphSlot, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Point} from "./geometry.js" */

/**
 * A subgraph to put on the canvas.
 * @typedef {object} Offer
 * @property {NodeDefinition} definition that says what the search is to know of it
 * @property {Workflow} workflow with one node, which is the subgraph
 * @property {string} path of the file that keeps it, "" where it is one of the workflow's own, and placed as another node of it
 */

/**
 * A workflow of nothing but one node that is a subgraph: the form in which it is kept, as other programs keep theirs.
 * @param {Workflow} graph
 * @param {NodeId} id
 * @param {string} name of the subgraph
 * @returns {Workflow | null} null where the node is none
 */
export function aloneWorkflow(graph, id, name) {
  const host = findNode(graph, id);
  if (!host || !findDefinition(graph, host.type)) return null;
  const { title: _title, ...node } = host;
  const subgraphs = [...definitionsOf(graph, [host.type]).values()].map((subgraph) => (subgraph.id === host.type ? { ...subgraph, name } : subgraph));
  return { ...emptyWorkflow(), last_node_id: Number(id), nodes: [unlinked(node)], definitions: { subgraphs } };
}

/**
 * What a kept workflow offers.
 * @param {Workflow} workflow
 * @param {{path: string, category: string}} place where it is kept, and where it is listed
 * @returns {Offer | null} null where it is not one node that is a subgraph
 */
export function offerOf(workflow, { path, category }) {
  const [host, ...others] = workflow.nodes;
  const subgraph = host && !others.length ? findDefinition(workflow, host.type) : undefined;
  return subgraph ? { definition: asClass(subgraph, path || subgraph.id, category), workflow, path } : null;
}

/**
 * The workflow's own subgraphs that may be put into the graph that is shown; none into itself.
 * @param {Workflow} workflow
 * @param {Workflow} graph what is shown: the workflow, or an opened subgraph of it
 * @param {string} category
 * @returns {Offer[]}
 */
export function ownOffers(workflow, graph, category) {
  const subgraphs = workflow.definitions?.subgraphs ?? [];
  const graphs = [workflow, .../** @type {Workflow[]} */ (/** @type {unknown} */ (subgraphs))];
  return subgraphs.flatMap(({ id, name }) => {
    const around = graphs.find(({ nodes = [] }) => nodes.some((node) => node.type === id));
    const host = around?.nodes.find((node) => node.type === id);
    if (!around || !host || definitionsOf(workflow, [id]).has(String(graph.id))) return [];
    const alone = aloneWorkflow({ ...around, definitions: workflow.definitions, nodes: [host] }, host.id, name ?? "");
    return (alone && offerOf(alone, { path: "", category })) ?? [];
  });
}

/**
 * The graph with an offered subgraph at a point; a kept one gets definitions of its own.
 * @param {Workflow} graph
 * @param {Offer} offer
 * @param {Point} at
 * @returns {{workflow: Workflow, id: string} | null}
 */
export function placeOffer(graph, { workflow, path }, at) {
  const placed = path ? withFreshIds(workflow) : workflow;
  const pasted = pasteNodes(graph, copyNodes(placed, new Set(placed.nodes.map(({ id }) => String(id)))), at);
  return pasted && { workflow: pasted.workflow, id: pasted.ids[0] };
}

/** The workflow whose subgraphs, nested ones too, are no others' any more. @param {Workflow} workflow @returns {Workflow} */
export function withFreshIds(workflow) {
  const subgraphs = workflow.definitions?.subgraphs ?? [];
  const ids = new Map(subgraphs.map(({ id }) => [id, newId()]));
  const renamed = (/** @type {WorkflowNode[]} */ nodes = []) => nodes.map((node) => (ids.has(node.type) ? { ...node, type: /** @type {string} */ (ids.get(node.type)) } : node));
  const fresh = subgraphs.map((subgraph) => ({ ...subgraph, id: /** @type {string} */ (ids.get(subgraph.id)), nodes: renamed(subgraph.nodes) }));
  return { ...workflow, nodes: renamed(workflow.nodes), definitions: { ...workflow.definitions, subgraphs: fresh } };
}

/** @param {SubgraphDefinition} subgraph @param {string} key @param {string} category @returns {NodeDefinition} */
function asClass(subgraph, key, category) {
  const inputs = (subgraph.inputs ?? []).map((slot) => /** @type {[string, any]} */ ([slot.name, [typeOf(slot), {}]]));
  return {
    name: `subgraph ${key}`,
    display_name: subgraph.name || key,
    category,
    description: "",
    input: { required: Object.fromEntries(inputs) },
    output: (subgraph.outputs ?? []).map(typeOf),
    output_name: (subgraph.outputs ?? []).map((slot) => slot.name),
  };
}

/** @param {SubgraphSlot} slot */
function typeOf({ type }) {
  return String(type ?? "*");
}

/** @param {WorkflowNode} node @returns {WorkflowNode} */
function unlinked(node) {
  const inputs = node.inputs?.map((slot) => ({ ...slot, link: null }));
  const outputs = node.outputs?.map((slot) => ({ ...slot, links: [] }));
  return { ...node, ...(inputs ? { inputs } : {}), ...(outputs ? { outputs } : {}) };
}
