// What has changed between an earlier version of a workflow and a later one, in numbers of nodes.
import { writeJson } from "../document/json.js";
/** @import {Workflow, WorkflowNode} from "../document/types.js" */

/** @typedef {{nodes: number, added: number, removed: number, changed: number}} VersionChanges `nodes`: how many the earlier version has */

/**
 * Nodes of both, also those inside subgraphs; where a node lies and how large it is counts as no change.
 * @param {Workflow} before
 * @param {Workflow} after
 * @returns {VersionChanges}
 */
export function versionChanges(before, after) {
  const [old, now] = [contentsOf(before), contentsOf(after)];
  const added = [...now.keys()].filter((key) => !old.has(key)).length;
  const removed = [...old.keys()].filter((key) => !now.has(key)).length;
  const changed = [...old].filter(([key, content]) => now.has(key) && now.get(key) !== content).length;
  return { nodes: old.size, added, removed, changed };
}

/** What each node is and does, by its place among all. @param {Workflow} workflow @returns {Map<string, string>} */
function contentsOf(workflow) {
  const graphs = [{ id: "", nodes: workflow.nodes }, ...(workflow.definitions?.subgraphs ?? [])];
  return new Map(graphs.flatMap(({ id, nodes = [] }) => nodes.map((node) => /** @type {[string, string]} */ ([`${id}/${node.id}`, contentOf(node)]))));
}

/** @param {WorkflowNode} node */
function contentOf({ type, title, mode, inputs, widgets_values: values }) {
  return writeJson([type, title ?? "", mode ?? 0, (inputs ?? []).map(({ name, link }) => [name, link ?? null]), values ?? []]);
}
