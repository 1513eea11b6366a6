// Groups: boxes with a title; their members are the nodes whose middle lies inside, and move with them.
import { moveNodes } from "../document/edits.js";
import { moveBends } from "../document/reroutes.js";
import { boundsOf, contains } from "./geometry.js";
import { shiftedGroup } from "./moving.js";
import { groupRect } from "./scene.js";
/** @import {Group, Workflow} from "../document/types.js" */
/** @import {Point, Rect} from "./geometry.js" */
/** @import {Held} from "./moving.js" */
/** @import {Scene} from "./scene.js" */

export const GROUP_TITLE = 36;
const PADDING = 14;
const CORNER = 16;
const LEAST = 80;

/**
 * What moves with a group: itself, the nodes and bends in it and the groups that lie wholly inside. Pinned nodes stay.
 * @param {Scene} scene
 * @param {Group} group
 * @returns {Held}
 */
export function heldBy(scene, group) {
  const rect = groupRect(group);
  const groups = new Set([group, ...scene.groups.filter((other) => isInside(groupRect(other), rect))]);
  const ids = new Set();
  for (const { id, node, layout } of scene.nodes.values()) {
    const middle = { x: layout.rect.x + layout.rect.w / 2, y: layout.rect.y + layout.rect.h / 2 };
    if (!node.flags?.pinned && contains(rect, middle)) ids.add(id);
  }
  const bends = new Set(scene.bends.filter((bend) => contains(rect, bend)).map((bend) => bend.id));
  return { groups, ids, bends };
}

/**
 * The groups that go with nodes: the chosen one, and those with members all of which are among the nodes.
 * @param {Scene} scene
 * @param {ReadonlySet<string>} ids
 * @param {number | null} chosen its place
 */
export function groupsOf(scene, ids, chosen) {
  return scene.groups.filter((group, index) => {
    const members = index === chosen || !ids.size ? [] : [...heldBy(scene, group).ids];
    return index === chosen || (members.length > 0 && members.every((id) => ids.has(id)));
  });
}

/** The place of the group in a box whose members, and no other nodes, are selected; -1 for none. @param {Scene} scene @param {Rect} box @param {ReadonlySet<string>} ids */
export function groupWithin(scene, box, ids) {
  return scene.groups.findIndex((group) => isInside(groupRect(group), box) && ids.size > 0 && ids.size === heldBy(scene, group).ids.size && groupsOf(scene, ids, null).includes(group));
}

/**
 * What moves with selected nodes: the reroutes of links among them, and groups that are selected as a whole. A group whose
 * cards alone are selected stays, so that they can be taken out of it, unless it is chosen too or all nodes are selected.
 * @param {Scene} scene
 * @param {ReadonlySet<string>} selection
 * @param {number | null} chosen the place of the group that is chosen
 * @returns {Held}
 */
export function heldWith(scene, selection, chosen) {
  const ids = new Set([...selection].filter((id) => !scene.nodes.get(id)?.node.flags?.pinned));
  const isAll = selection.size === scene.nodes.size;
  const whole = isAll ? scene.groups : groupsOf(scene, selection, null).filter((group) => heldBy(scene, group).ids.size < ids.size || scene.groups.indexOf(group) === chosen);
  return { ids, groups: new Set(whole), bends: bendsAmong(scene, ids) };
}

/** The bends all of whose links are between these nodes. @param {Scene} scene @param {ReadonlySet<string>} ids */
function bendsAmong(scene, ids) {
  const [inside, across] = [new Set(), new Set()];
  for (const { link, way } of scene.bends.length ? scene.links : []) {
    const bends = ids.has(String(link.from)) && ids.has(String(link.to)) ? inside : across;
    for (const { id } of way) bends.add(id);
  }
  return new Set([...inside].filter((id) => !across.has(id)));
}

/**
 * The group whose title or lower right corner is at a point; the one drawn last wins.
 * @param {Scene} scene
 * @param {Point} point
 * @returns {{group: Group, part: "title" | "corner"} | null}
 */
export function groupAt(scene, point) {
  for (const group of [...scene.groups].reverse()) {
    const { x, y, w, h } = groupRect(group);
    if (contains({ x, y, w, h: GROUP_TITLE }, point)) return { group, part: "title" };
    if (contains({ x: x + w - CORNER, y: y + h - CORNER, w: CORNER, h: CORNER }, point)) return { group, part: "corner" };
  }
  return null;
}

/** The box of a group around what it holds. @param {Rect} bounds @returns {Group["bounding"]} */
export function frameAround({ x, y, w, h }) {
  return /** @type {Group["bounding"]} */ ([x - PADDING, y - GROUP_TITLE - 4, w + 2 * PADDING, h + GROUP_TITLE + PADDING + 4].map(Math.round));
}

/**
 * The workflow with a new group around nodes.
 * @param {Workflow} workflow
 * @param {Iterable<Rect>} rects of the nodes
 * @param {string} title
 * @returns {Workflow}
 */
export function groupAround(workflow, rects, title) {
  const bounds = boundsOf(rects);
  if (!bounds) return workflow;
  const bounding = frameAround(bounds);
  const id = Math.max(0, ...(workflow.groups ?? []).map((group) => Number(group.id) || 0)) + 1;
  return { ...workflow, groups: [...(workflow.groups ?? []), { id, title, bounding, color: "#3f789e", flags: {} }] };
}

/**
 * @param {Workflow} workflow
 * @param {Held} held
 * @param {Point} shift
 * @returns {Workflow}
 */
export function moveHeld(workflow, { groups, ids, bends }, shift) {
  if (!shift.x && !shift.y) return workflow;
  const moved = (workflow.groups ?? []).map((group) => (groups?.has(group) ? shiftedGroup(group, shift) : group));
  const bent = bends?.size ? moveBends(workflow, bends, shift) : workflow;
  return moveNodes({ ...bent, groups: moved }, ids, shift);
}

/**
 * @param {Workflow} workflow
 * @param {number} index
 * @param {Partial<Group> | null} change null removes the group; its nodes stay
 * @returns {Workflow}
 */
export function changeGroup(workflow, index, change) {
  const groups = workflow.groups ?? [];
  if (!groups[index]) return workflow;
  return { ...workflow, groups: groups.flatMap((group, at) => (at !== index ? [group] : change ? [{ ...group, ...change }] : [])) };
}

/** The group with its lower right corner moved. @param {Group} group @param {Point} by @returns {Group} */
export function resizedGroup(group, by) {
  const [x, y, w, h] = group.bounding;
  return { ...group, bounding: [x, y, Math.max(LEAST, Math.round(w + by.x)), Math.max(LEAST, Math.round(h + by.y))] };
}

/** @param {Rect} inner @param {Rect} outer */
function isInside(inner, outer) {
  return contains(outer, inner) && contains(outer, { x: inner.x + inner.w, y: inner.y + inner.h });
}
