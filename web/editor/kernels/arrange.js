// Arranging nodes in columns: each stands right of everything that feeds it, at the height of what it is linked with.
import { linksById, nodePosition, nodeSize } from "../document/workflow.js";
import { TITLE } from "./layout.js";
/** @import {Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Rect} from "./geometry.js" */

const COLUMN_GAP = 70;
const ROW_GAP = 26;
const SWEEPS = 4;

/**
 * The workflow with every node placed, columns ordered so that links cross little (Sugiyama et al. 1981, by barycentres).
 * @param {Workflow} workflow
 * @param {(id: string) => Rect | undefined} [shown] the rectangle that a card takes; else its stored size with its title
 * @returns {Workflow}
 */
export function arrange(workflow, shown = () => undefined) {
  const depths = columnDepths(workflow);
  /** @type {WorkflowNode[][]} */
  const columns = [];
  for (const node of workflow.nodes) (columns[depths.get(String(node.id)) ?? 0] ??= []).push(node);
  const ordered = orderColumns(columns.filter(Boolean), neighbours(workflow));
  const places = placeColumns(ordered, (node) => {
    const rect = shown(String(node.id));
    const [w, h] = nodeSize(node);
    return rect ? { w: rect.w, h: rect.h, title: nodePosition(node)[1] - rect.y } : { w, h: h + TITLE, title: TITLE };
  });
  return { ...workflow, nodes: workflow.nodes.map((node) => ({ ...node, pos: places.get(String(node.id)) ?? node.pos })) };
}

/**
 * @param {WorkflowNode[][]} columns
 * @param {(node: WorkflowNode) => {w: number, h: number, title: number}} sizeOf
 */
function placeColumns(columns, sizeOf) {
  /** @type {Map<string, [number, number]>} */
  const places = new Map();
  const heights = columns.map((column) => column.reduce((sum, node) => sum + sizeOf(node).h + ROW_GAP, -ROW_GAP));
  const tallest = Math.max(0, ...heights);
  let x = 0;
  columns.forEach((column, index) => {
    let y = Math.min((tallest - heights[index]) / 2, 120);
    for (const node of column) {
      const { h, title } = sizeOf(node);
      places.set(String(node.id), [Math.round(x), Math.round(y + title)]);
      y += h + ROW_GAP;
    }
    x += Math.max(...column.map((node) => sizeOf(node).w)) + COLUMN_GAP;
  });
  return places;
}

/**
 * @param {WorkflowNode[][]} columns
 * @param {Map<string, string[]>} linked
 * @returns {WorkflowNode[][]}
 */
function orderColumns(columns, linked) {
  let ordered = columns;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    /** @type {Map<string, number>} */
    const heights = new Map(ordered.flatMap((column) => column.map((node, index) => [String(node.id), (index + 0.5) / column.length])));
    const middle = (/** @type {WorkflowNode} */ node) => {
      const others = (linked.get(String(node.id)) ?? []).map((id) => heights.get(id) ?? 0.5);
      return others.length ? others.reduce((sum, value) => sum + value, 0) / others.length : (heights.get(String(node.id)) ?? 0.5);
    };
    ordered = ordered.map((column) => {
      const ranked = column.map((node) => ({ node, rank: middle(node) }));
      return ranked.sort((a, b) => a.rank - b.rank).map(({ node }) => node);
    });
  }
  return ordered;
}

/** @param {Workflow} workflow */
function neighbours(workflow) {
  /** @type {Map<string, string[]>} */
  const linked = new Map();
  const add = (/** @type {string} */ id, /** @type {string} */ other) => {
    const known = linked.get(id);
    if (known) known.push(other);
    else linked.set(id, [other]);
  };
  for (const link of linksById(workflow).values()) {
    add(String(link.from), String(link.to));
    add(String(link.to), String(link.from));
  }
  return linked;
}

/**
 * The longest way from a node that nothing feeds, by node; nodes on a circle stay in the first column.
 * @param {Workflow} workflow
 */
function columnDepths(workflow) {
  /** @type {Map<string, string[]>} */
  const targets = new Map();
  /** @type {Map<string, number>} */
  const open = new Map(workflow.nodes.map((node) => [String(node.id), 0]));
  for (const link of linksById(workflow).values()) {
    const [from, to] = [String(link.from), String(link.to)];
    const known = targets.get(from);
    if (known) known.push(to);
    else targets.set(from, [to]);
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
