// Arranging nodes in columns: each stands right of everything that feeds it, at the height of what it is linked with. A group
// stands among them as one, with its members arranged in it.
import { linksById, nodePosition, nodeSize } from "../document/workflow.js";
import { contains } from "./geometry.js";
import { frameAround } from "./groups.js";
import { TITLE } from "./layout.js";
/** @import {Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Rect} from "./geometry.js" */

const COLUMN_GAP = 70;
const ROW_GAP = 26;
const SWEEPS = 4;

/** @typedef {{index: number, ids: ReadonlySet<string>, rect: Rect}} Members a group by its place, its members and its box */
/** @typedef {{w: number, h: number, title: number}} Size `title`: how far a card's position lies below its upper edge */
/** @typedef {{places: Map<string, [number, number]>, frames: Map<number, Rect>, w: number, h: number}} Block what was arranged, from 0, 0 on */

/**
 * The workflow with every node placed, columns ordered so that links cross little (Sugiyama et al. 1981, by barycentres).
 * @param {Workflow} workflow
 * @param {(id: string) => Rect | undefined} [shown] the rectangle that a card takes; else its stored size with its title
 * @param {readonly Members[]} [groups]
 * @returns {Workflow}
 */
export function arrange(workflow, shown = () => undefined, groups = []) {
  const sizeOf = (/** @type {WorkflowNode} */ node) => {
    const rect = shown(String(node.id));
    const [w, h] = nodeSize(node);
    return rect ? { w: rect.w, h: rect.h, title: nodePosition(node)[1] - rect.y } : { w, h: h + TITLE, title: TITLE };
  };
  const { places, frames } = block(workflow, groups.filter(({ ids }) => ids.size), sizeOf);
  const nodes = workflow.nodes.map((node) => ({ ...node, pos: places.get(String(node.id)) ?? node.pos }));
  if (!frames.size) return { ...workflow, nodes };
  return { ...workflow, nodes, groups: workflow.groups?.map((group, index) => ({ ...group, bounding: framed(frames.get(index)) ?? group.bounding })) };
}

/** @param {Rect} [rect] @returns {import("../document/types.js").Group["bounding"] | undefined} */
function framed(rect) {
  return rect && [Math.round(rect.x), Math.round(rect.y), Math.round(rect.w), Math.round(rect.h)];
}

/**
 * Arrange nodes, with those of a group as one.
 * @param {Workflow} workflow
 * @param {readonly Members[]} groups
 * @param {(node: WorkflowNode) => Size} sizeOf
 * @returns {Block}
 */
function block(workflow, groups, sizeOf) {
  const outer = groups.filter((group) => !groups.some((other) => other !== group && isWithin(group, other)));
  /** @type {Map<string, Members>} */
  const held = new Map();
  for (const group of outer) for (const id of group.ids) if (!held.has(id)) held.set(id, group);
  /** @type {Map<string, {group: Members, inner: Block, frame: Rect}>} */
  const blocks = new Map();
  for (const group of outer) {
    const nodes = workflow.nodes.filter((node) => held.get(String(node.id)) === group);
    if (!nodes.length) continue;
    const inner = block({ ...workflow, nodes }, groups.filter((other) => other !== group && isWithin(other, group)), sizeOf);
    const [x, y, w, h] = frameAround({ x: 0, y: 0, w: inner.w, h: inner.h });
    blocks.set(nameOf(group), { group, inner, frame: { x, y, w, h } });
  }
  const whole = withBlocks(workflow, held, [...blocks.keys()]);
  const placed = columnsOf(whole, (node) => blocks.get(String(node.id))?.frame ?? sizeOf(node));
  return unfolded(placed, blocks);
}

/** @param {Members} group */
function nameOf({ index }) {
  return `group ${index}`;
}

/** Whether a group lies in another; of two in the same place the later one does. @param {Members} inner @param {Members} outer */
function isWithin({ rect, index }, outer) {
  const end = { x: rect.x + rect.w, y: rect.y + rect.h };
  const isSame = ["x", "y", "w", "h"].every((key) => rect[/** @type {"x"} */ (key)] === outer.rect[/** @type {"x"} */ (key)]);
  return contains(outer.rect, rect) && contains(outer.rect, end) && (!isSame || index > outer.index);
}

/** The workflow with a node for each group in place of its members. @param {Workflow} workflow @param {Map<string, Members>} held @param {string[]} names @returns {Workflow} */
function withBlocks(workflow, held, names) {
  if (!names.length) return workflow;
  const ends = (/** @type {import("../document/types.js").NodeId} */ id) => (held.has(String(id)) ? nameOf(/** @type {Members} */ (held.get(String(id)))) : String(id));
  const blocks = names.map((name) => /** @type {WorkflowNode} */ ({ id: name, type: name, pos: [0, 0] }));
  const links = [...linksById(workflow).values()].flatMap(({ id, from, to }) => (ends(from) === ends(to) ? [] : [/** @type {import("../document/types.js").LinkTuple} */ ([id, ends(from), 0, ends(to), 0, "*"])]));
  return { ...workflow, nodes: [...workflow.nodes.filter((node) => !held.has(String(node.id))), ...blocks], links };
}

/** Put what was arranged in groups where the groups are. @param {Block} placed @param {Map<string, {group: Members, inner: Block, frame: Rect}>} blocks @returns {Block} */
function unfolded({ places, frames, w, h }, blocks) {
  for (const [name, { group, inner, frame }] of blocks) {
    const [x, y] = places.get(name) ?? [0, 0];
    places.delete(name);
    frames.set(group.index, { ...frame, x, y });
    for (const [id, at] of inner.places) places.set(id, [Math.round(at[0] + x - frame.x), Math.round(at[1] + y - frame.y)]);
    for (const [index, rect] of inner.frames) frames.set(index, { ...rect, x: rect.x + x - frame.x, y: rect.y + y - frame.y });
  }
  return { places, frames, w, h };
}

/** Arrange nodes in columns. @param {Workflow} workflow @param {(node: WorkflowNode) => {w: number, h: number, title?: number}} sizeOf @returns {Block} */
function columnsOf(workflow, sizeOf) {
  const depths = columnDepths(workflow);
  /** @type {WorkflowNode[][]} */
  const columns = [];
  for (const node of workflow.nodes) (columns[depths.get(String(node.id)) ?? 0] ??= []).push(node);
  const ordered = orderColumns(columns.filter(Boolean), neighbours(workflow));
  return { ...placeColumns(ordered, (node) => ({ title: 0, ...sizeOf(node) })), frames: new Map() };
}

/**
 * @param {WorkflowNode[][]} columns
 * @param {(node: WorkflowNode) => Size} sizeOf
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
  return { places, w: Math.max(0, x - COLUMN_GAP), h: tallest };
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
 * The longest way from a node that nothing feeds, by node; a circle, as groups may make, is opened at its first node.
 * @param {Workflow} workflow
 */
function columnDepths(workflow) {
  /** @type {Map<string, string[]>} */
  const targets = new Map();
  /** @type {Map<string, number>} */
  const open = new Map(workflow.nodes.map((node) => [String(node.id), 0]));
  for (const link of linksById(workflow).values()) {
    const [from, to] = [String(link.from), String(link.to)];
    if (!open.has(from) || !open.has(to)) continue;
    const known = targets.get(from);
    if (known) known.push(to);
    else targets.set(from, [to]);
    open.set(to, (open.get(to) ?? 0) + 1);
  }
  /** @type {Map<string, number>} */
  const depths = new Map();
  const ready = [...open].filter(([, count]) => count === 0).map(([id]) => id);
  const done = new Set();
  for (let at = 0; at < open.size; at += 1) {
    const id = ready[at] ?? /** @type {string} */ ([...open.keys()].find((other) => !done.has(other)));
    ready[at] = id;
    done.add(id);
    const depth = depths.get(id) ?? 0;
    depths.set(id, depth);
    for (const target of targets.get(id) ?? []) {
      if (done.has(target)) continue;
      depths.set(target, Math.max(depths.get(target) ?? 0, depth + 1));
      const left = (open.get(target) ?? 1) - 1;
      open.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return depths;
}
