// The workflow as laid out for drawing: one layout per node, one curve per link, groups; and what of it is in view.
import { bendsOf, waysOf } from "../document/reroutes.js";
import { inputPlace, linksById, nodesById } from "../document/workflow.js";
import { carriedType } from "./carried_types.js";
import { curveBounds, curveDistance, linkCurve } from "./curves.js";
import { faceOf } from "./faces.js";
import { contains, overlaps } from "./geometry.js";
import { inputAnchor, layoutCard, outputAnchor } from "./layout.js";
/** @import {Group, Link, NodeDefinitions, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Reroute} from "../document/reroutes.js" */
/** @import {Curve, LinkShape} from "./curves.js" */
/** @import {Face} from "./faces.js" */
/** @import {Point, Rect} from "./geometry.js" */
/** @import {CardLayout} from "./layout.js" */

/** @typedef {{id: string, node: WorkflowNode, face: Face, hasPicture: boolean, layout: CardLayout}} SceneNode */
/** @typedef {{link: Link, type: string, curve: Curve, bounds: Rect, way: readonly Reroute[]}} SceneLink `type`: of what it carries; `way`: its bends, from the output to the input */
/** @typedef {Point & {id: number, type: string}} SceneBend */
/** @typedef {{nodes: Map<string, SceneNode>, links: SceneLink[], groups: Group[], bends: SceneBend[]}} Scene */

/** From how far a bend is pressed, in world units. */
export const BEND_REACH = 9;
/** @type {readonly Reroute[]} */
const STRAIGHT = [];
/** @type {WeakMap<WorkflowNode, SceneNode>} */
const laidOut = new WeakMap();

/**
 * Lay out a workflow.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {(id: string) => boolean} hasPicture
 * @param {LinkShape} [shape]
 * @returns {Scene}
 */
export function buildScene(workflow, definitions, hasPicture, shape) {
  /** @type {Map<string, SceneNode>} */
  const nodes = new Map();
  for (const [id, node] of nodesById(workflow)) {
    const face = faceOf(workflow, node, definitions);
    const picture = hasPicture(id);
    const known = laidOut.get(node);
    const isFresh = known && known.face === face && known.hasPicture === picture;
    const placed = isFresh ? known : { id, node, face, hasPicture: picture, layout: layoutCard(node, face, picture) };
    laidOut.set(node, placed);
    nodes.set(id, placed);
  }
  const ways = waysOf(workflow);
  const links = [...linksById(workflow).values()].flatMap((link) => placeLink(link, carriedType(workflow, link), nodes, shape, ways.get(link.id)));
  return { nodes, links, groups: workflow.groups ?? [], bends: ways.size ? placeBends(workflow) : [] };
}

/**
 * The link with its curve, or nothing where one of its ends is missing.
 * @param {Link} link
 * @param {string} type
 * @param {Map<string, SceneNode>} nodes
 * @param {LinkShape} [shape]
 * @param {readonly Reroute[]} [way]
 * @returns {SceneLink[]}
 */
function placeLink(link, type, nodes, shape, way = STRAIGHT) {
  const source = nodes.get(String(link.from));
  const target = nodes.get(String(link.to));
  if (!source || !target) return [];
  const index = inputPlace(target.node, link);
  const to = index < 0 ? null : inputAnchor(target.layout, index);
  if (!to) return [];
  const curve = linkCurve(outputAnchor(source.layout, link.fromSlot), to, shape, pointsOf(way));
  return [{ link, type, curve, bounds: curveBounds(curve), way }];
}

/** @param {readonly Reroute[]} way @returns {Point[] | undefined} */
function pointsOf(way) {
  return way.length ? way.map(({ pos: [x, y] }) => ({ x, y })) : undefined;
}

/**
 * The nodes whose cards touch a world rectangle, in painting order.
 * @param {Scene} scene
 * @param {Rect} view
 * @returns {SceneNode[]}
 */
export function visibleNodes(scene, view) {
  const found = [];
  for (const placed of scene.nodes.values()) {
    if (overlaps(placed.layout.rect, view)) found.push(placed);
  }
  return found;
}

/**
 * @param {Scene} scene
 * @param {Rect} view
 * @returns {SceneLink[]}
 */
export function visibleLinks(scene, view) {
  return scene.links.filter((placed) => overlaps(placed.bounds, view));
}

/** Whether at least so many links and nodes touch a world rectangle. @param {Scene} scene @param {Rect} view @param {number} many */
export function isCrowded(scene, view, many) {
  let left = many;
  for (const { bounds } of scene.links) if (overlaps(bounds, view) && --left <= 0) return true;
  for (const { layout } of scene.nodes.values()) if (overlaps(layout.rect, view) && --left <= 0) return true;
  return false;
}

/** @param {Group} group @returns {Rect} */
export function groupRect(group) {
  const [x = 0, y = 0, w = 0, h = 0] = group.bounding ?? [];
  return { x, y, w, h };
}

/**
 * The topmost node at a world point.
 * @param {Scene} scene
 * @param {Point} point
 * @returns {SceneNode | null}
 */
export function nodeAt(scene, point) {
  let found = null;
  for (const placed of scene.nodes.values()) {
    if (contains(placed.layout.rect, point)) found = placed;
  }
  return found;
}

/** @param {Workflow} workflow @returns {SceneBend[]} */
function placeBends(workflow) {
  const links = linksById(workflow);
  return bendsOf(workflow).reroutes.map(({ id, pos: [x, y], linkIds }) => {
    const link = links.get(linkIds[0]);
    return { id, x, y, type: link ? carriedType(workflow, link) : "*" };
  });
}

/** The bend of a link at a world point. @param {Scene} scene @param {Point} point @param {number} within */
export function bendAt(scene, point, within) {
  return scene.bends.find((bend) => Math.hypot(bend.x - point.x, bend.y - point.y) <= within) ?? null;
}

/**
 * The nearest link within a distance of a world point.
 * @param {Scene} scene
 * @param {Point} point
 * @param {number} within
 * @returns {SceneLink | null}
 */
export function linkAt(scene, point, within) {
  const near = { x: point.x - within, y: point.y - within, w: 2 * within, h: 2 * within };
  let [found, least] = [/** @type {SceneLink | null} */ (null), within];
  for (const placed of visibleLinks(scene, near)) {
    const distance = curveDistance(placed.curve, point);
    if (distance < least) [found, least] = [placed, distance];
  }
  return found;
}

/**
 * The links that run across a rectangle, those nearest to its middle first; one that only touches its rim does not.
 * @param {Scene} scene
 * @param {Rect} rect
 * @returns {SceneLink[]}
 */
export function linksAcross(scene, { x, y, w, h }) {
  const probes = [0.3, 0.5, 0.7].map((share) => ({ x: x + w * share, y: y + h / 2 }));
  const found = visibleLinks(scene, { x, y, w, h }).map((placed) => ({ placed, distance: Math.min(...probes.map((point) => curveDistance(placed.curve, point))) }));
  return found.filter(({ distance }) => distance < h / 2).sort((a, b) => a.distance - b.distance).map(({ placed }) => placed);
}
