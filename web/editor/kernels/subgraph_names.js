// The name of a subgraph, and of the nodes that are it.
import { changeNodes } from "../document/edits.js";
import { changeGraphs } from "../document/hosts.js";
/** @import {Workflow} from "../document/types.js" */

/**
 * The workflow with another name of a subgraph; nodes that had the old one as their title show the new one.
 * @param {Workflow} workflow
 * @param {string} id
 * @param {string} name
 * @returns {Workflow}
 */
export function withSubgraphName(workflow, id, name) {
  const before = workflow.definitions?.subgraphs?.find((subgraph) => subgraph.id === id)?.name;
  const subgraphs = workflow.definitions?.subgraphs?.map((subgraph) => (subgraph.id === id ? { ...subgraph, name } : subgraph));
  const named = subgraphs ? { ...workflow, definitions: { ...workflow.definitions, subgraphs } } : workflow;
  return changeGraphs(named, (graph) => untitled(graph, id, before));
}

/** @param {Workflow} graph @param {string} type @param {string} [title] @returns {Workflow} */
function untitled(graph, type, title) {
  const ids = new Set((graph.nodes ?? []).filter((node) => node.type === type && node.title && node.title === title).map((node) => String(node.id)));
  return changeNodes(graph, ids, ({ title: _before, ...node }) => node);
}
