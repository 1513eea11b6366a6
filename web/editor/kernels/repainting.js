// Where a painted workflow is no longer right, so that only that is painted anew.
import { groupRect } from "./scene.js";
/** @import {Rect} from "./geometry.js" */
/** @import {NodeRun} from "./run_cards.js" */
/** @import {Scene, SceneLink} from "./scene.js" */

/**
 * @typedef {object} Shown what of the workflow a picture shows
 * @property {Scene} scene
 * @property {ReadonlySet<string>} selection
 * @property {number | null} selectedLink
 * @property {number | null} hiddenLink
 * @property {Record<string, NodeRun>} runs
 * @property {string} path stands before a node's id among the runs
 */

/**
 * The rectangles, in world units, outside of which two pictures are the same.
 * @param {Shown} before
 * @param {Shown} after
 * @returns {Rect[] | null} null: they differ everywhere
 */
export function changedRects(before, after) {
  if (before.path !== after.path || !keepsOrder(before.scene, after.scene)) return null;
  return [...changedNodes(before, after), ...changedLinks(before, after), ...changedGroups(before, after), ...changedBends(before, after)];
}

/** Whether the nodes that are in both are painted in the same order. @param {Scene} before @param {Scene} after */
function keepsOrder({ nodes: before }, { nodes: after }) {
  if (before === after) return true;
  const kept = [...after.keys()].filter((id) => before.has(id));
  let at = 0;
  for (const id of before.keys()) if (id === kept[at]) at += 1;
  return at === kept.length;
}

/** @param {Shown} before @param {Shown} after @returns {Rect[]} */
function changedNodes(before, after) {
  const isSame = (/** @type {string} */ id) =>
    before.scene.nodes.get(id) === after.scene.nodes.get(id) &&
    before.selection.has(id) === after.selection.has(id) &&
    before.runs[before.path + id] === after.runs[after.path + id];
  return [...candidates(before, after)].filter((id) => !isSame(id)).flatMap((id) => [before, after].flatMap((shown) => shown.scene.nodes.get(id)?.layout.rect ?? []));
}

/** The nodes that may look different. @param {Shown} before @param {Shown} after */
function candidates(before, after) {
  const [old, now] = [before.scene.nodes, after.scene.nodes];
  if (old !== now) return new Set([...old.keys(), ...now.keys()]);
  const haveRun = [before, after].flatMap(({ runs, path }) => Object.keys(runs).filter((key) => key.startsWith(path)).map((key) => key.slice(path.length)));
  return new Set([...before.selection, ...after.selection, ...haveRun]);
}

/** @param {Shown} before @param {Shown} after @returns {Rect[]} */
function changedLinks(before, after) {
  const isSame = before.scene.links === after.scene.links && before.selection === after.selection;
  if (isSame && before.selectedLink === after.selectedLink && before.hiddenLink === after.hiddenLink) return [];
  const gone = new Map(before.scene.links.map((placed) => [placed.link.id, placed]));
  /** @type {Rect[]} */
  const rects = [];
  for (const placed of after.scene.links) {
    const old = gone.get(placed.link.id);
    gone.delete(placed.link.id);
    if (!old) rects.push(placed.bounds);
    else if (emphasis(old, before) !== emphasis(placed, after) || !looksLike(old, placed)) rects.push(old.bounds, placed.bounds);
  }
  for (const old of gone.values()) rects.push(old.bounds);
  return rects;
}

/**
 * How a link stands out among the others.
 * @param {SceneLink} placed
 * @param {Shown} shown
 * @returns {"hidden" | "selected" | "strong" | "plain"}
 */
export function emphasis({ link }, { selection, selectedLink, hiddenLink }) {
  if (link.id === hiddenLink) return "hidden";
  if (link.id === selectedLink) return "selected";
  return selection.size && (selection.has(String(link.from)) || selection.has(String(link.to))) ? "strong" : "plain";
}

/** @param {SceneLink} a @param {SceneLink} b */
function looksLike(a, b) {
  if (a.curve === b.curve) return true;
  const [one, other] = [a, b].map(({ curve }) => [curve.from, curve.to, ...curve.via]);
  const isSameWay = one.length === other.length && one.every(({ x, y }, index) => x === other[index].x && y === other[index].y);
  return isSameWay && a.curve.shape === b.curve.shape && a.type === b.type;
}

/** @param {Shown} before @param {Shown} after @returns {Rect[]} */
function changedGroups({ scene: before }, { scene: after }) {
  return before.groups === after.groups ? [] : differing(before.groups, after.groups).map(groupRect);
}

/** @param {Shown} before @param {Shown} after @returns {Rect[]} */
function changedBends({ scene: before }, { scene: after }) {
  return before.bends === after.bends ? [] : differing(before.bends, after.bends).map(({ x, y }) => ({ x, y, w: 0, h: 0 }));
}

/**
 * What is not the same at the same place of two lists.
 * @template T
 * @param {readonly T[]} before
 * @param {readonly T[]} after
 * @returns {T[]}
 */
function differing(before, after) {
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_none, index) => index)
    .filter((index) => before[index] !== after[index])
    .flatMap((index) => [before[index], after[index]].filter((item) => item !== undefined));
}
