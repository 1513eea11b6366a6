// What a drag moves, before it is in the workflow: the scene in two, what stays and what follows the pointer.
import { curveBounds, linkCurve } from "./curves.js";
/** @import {Group} from "../document/types.js" */
/** @import {Point} from "./geometry.js" */
/** @import {Scene, SceneLink} from "./scene.js" */

/**
 * @typedef {object} Held nodes, groups and bends that move together
 * @property {ReadonlySet<string>} ids of nodes
 * @property {ReadonlySet<Group>} [groups]
 * @property {ReadonlySet<number>} [bends] ids
 * @property {(group: Group, by: Point) => Group} [change] what becomes of the groups; without it they move
 */

/** @typedef {{held: Held, by: Point}} Shift how far they have moved, in world units */

/**
 * The scene with what is held shifted.
 * @param {Scene} scene
 * @param {Shift} shift
 * @returns {Scene}
 */
export function shiftScene(scene, { held, by }) {
  const { ids, groups, bends, change = shiftedGroup } = held;
  const nodes = new Map(scene.nodes);
  for (const id of ids) {
    const placed = nodes.get(id);
    if (placed) nodes.set(id, { ...placed, layout: { ...placed.layout, rect: moved(placed.layout.rect, by) } });
  }
  return {
    nodes,
    links: scene.links.map((placed) => (follows(placed, held) ? shiftedLink(placed, held, by) : placed)),
    groups: groups?.size ? scene.groups.map((group) => (groups.has(group) ? change(group, by) : group)) : scene.groups,
    bends: bends?.size ? scene.bends.map((bend) => (bends.has(bend.id) ? moved(bend, by) : bend)) : scene.bends,
  };
}

/**
 * The scene in two: what stays while something is dragged, and that with the links at it.
 * @param {Scene} scene
 * @param {Held} held
 * @returns {{staying: Scene, moving: Scene}}
 */
export function splitScene(scene, held) {
  const { ids, groups, bends } = held;
  const [stayingGroups, movingGroups] = parted(scene.groups, (group) => groups?.has(group));
  const [stayingBends, movingBends] = parted(scene.bends, (bend) => bends?.has(bend.id));
  const [stayingLinks, movingLinks] = parted(scene.links, (placed) => follows(placed, held));
  const staying = { nodes: new Map(scene.nodes), links: stayingLinks, groups: stayingGroups, bends: stayingBends };
  const moving = { nodes: new Map(), links: movingLinks, groups: movingGroups, bends: movingBends };
  for (const id of ids) {
    const placed = scene.nodes.get(id);
    if (placed) moving.nodes.set(id, placed);
    staying.nodes.delete(id);
  }
  return { staying, moving };
}

/** @param {Group} group @param {Point} shift @returns {Group} */
export function shiftedGroup(group, shift) {
  const [x, y, w, h] = group.bounding;
  return { ...group, bounding: [x + shift.x, y + shift.y, w, h] };
}

/** @param {SceneLink} placed @param {Held} held */
function follows({ link, way }, { ids, bends }) {
  return ids.has(String(link.from)) || ids.has(String(link.to)) || (bends !== undefined && way.some((bend) => bends.has(bend.id)));
}

/** @param {SceneLink} placed @param {Held} held @param {Point} by @returns {SceneLink} */
function shiftedLink(placed, { ids, bends }, by) {
  const { link, curve, way } = placed;
  const from = ids.has(String(link.from)) ? moved(curve.from, by) : curve.from;
  const to = ids.has(String(link.to)) ? moved(curve.to, by) : curve.to;
  const via = bends?.size ? curve.via.map((point, index) => (bends.has(way[index].id) ? moved(point, by) : point)) : curve.via;
  const shifted = linkCurve(from, to, curve.shape, via);
  return { ...placed, curve: shifted, bounds: curveBounds(shifted) };
}

/**
 * @template T
 * @param {T[]} items
 * @param {(item: T) => boolean | undefined} moves
 * @returns {[T[], T[]]} those that stay, in the very list where all do, and those that move
 */
function parted(items, moves) {
  const moving = items.filter(moves);
  return [moving.length ? items.filter((item) => !moves(item)) : items, moving];
}

/**
 * @template {Point} T
 * @param {T} place
 * @param {Point} shift
 * @returns {T}
 */
function moved(place, shift) {
  return { ...place, x: place.x + shift.x, y: place.y + shift.y };
}
