// Arranging nodes in columns: each stands right of everything that feeds it.
import { linksById, nodeSize } from "../document/workflow.js";
/** @import {Workflow, WorkflowNode} from "../document/types.js" */

const COLUMN_GAP = 60;
const ROW_GAP = 54;

/**
 * The workflow with every node placed.
 * @param {Workflow} workflow
 * @returns {Workflow}
 */
export function arrange(workflow) {
  const depths = columnDepths(workflow);
  /** @type {WorkflowNode[][]} */
  const columns = [];
  for (const node of workflow.nodes) (columns[depths.get(String(node.id)) ?? 0] ??= []).push(node);
  /** @type {Map<string, [number, number]>} */
  const places = new Map();
  let x = 0;
  for (const column of columns.filter(Boolean)) {
    let y = 0;
    for (const node of column) {
      places.set(String(node.id), [x, y]);
      y += nodeSize(node)[1] + ROW_GAP;
    }
    x += Math.max(...column.map((node) => nodeSize(node)[0])) + COLUMN_GAP;
  }
  return { ...workflow, nodes: workflow.nodes.map((node) => ({ ...node, pos: places.get(String(node.id)) ?? node.pos })) };
}

/**
 * The longest way from a node that nothing feeds, by node; nodes on a circle stay in the first column.
 * @param {Workflow} workflow
 */
function columnDepths(workflow) {
  const links = [...linksById(workflow).values()];
  /** @type {Map<string, string[]>} */
  const targets = new Map();
  /** @type {Map<string, number>} */
  const open = new Map(workflow.nodes.map((node) => [String(node.id), 0]));
  for (const link of links) {
    const [from, to] = [String(link.from), String(link.to)];
    targets.set(from, [...(targets.get(from) ?? []), to]);
    open.set(to, (open.get(to) ?? 0) + 1);
  }
  /** @type {Map<string, number>} */
  const depths = new Map();
  const ready = [...open].filter(([, count]) => count === 0).map(([id]) => id);
  for (const id of ready) {
    const depth = depths.get(id) ?? 0;
    depths.set(id, depth);
    for (const target of targets.get(id) ?? []) {
      depths.set(target, Math.max(depths.get(target) ?? 0, depth + 1));
      const left = (open.get(target) ?? 1) - 1;
      open.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return depths;
}
