// Lining nodes up: on an edge or middle, at equal distances, on the grid, and on their neighbours while dragged.
import { moveNodes } from "../document/edits.js";
import { boundsOf } from "./geometry.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {Point, Rect} from "./geometry.js" */

/** @typedef {"left" | "centre" | "right" | "top" | "middle" | "bottom"} Edge */

/** How far along an edge lies: the axis, its size, and the share of the size. @type {Record<Edge, {at: "x" | "y", size: "w" | "h", share: number}>} */
const EDGES = {
  left: { at: "x", size: "w", share: 0 },
  centre: { at: "x", size: "w", share: 0.5 },
  right: { at: "x", size: "w", share: 1 },
  top: { at: "y", size: "h", share: 0 },
  middle: { at: "y", size: "h", share: 0.5 },
  bottom: { at: "y", size: "h", share: 1 },
};

/**
 * @param {Workflow} workflow
 * @param {ReadonlyMap<string, Rect>} rects of the nodes to line up
 * @param {Edge} edge
 * @returns {Workflow}
 */
export function align(workflow, rects, edge) {
  const bounds = boundsOf(rects.values());
  if (!bounds) return workflow;
  const { at, size, share } = EDGES[edge];
  const line = bounds[at] + bounds[size] * share;
  return moveEach(workflow, rects, at, (rect) => line - (rect[at] + rect[size] * share));
}

/**
 * Make the gaps between nodes equal, the outermost two staying where they are.
 * @param {Workflow} workflow
 * @param {ReadonlyMap<string, Rect>} rects
 * @param {"x" | "y"} axis
 * @returns {Workflow}
 */
export function distribute(workflow, rects, axis) {
  const size = axis === "x" ? "w" : "h";
  const ordered = [...rects].sort(([, a], [, b]) => a[axis] - b[axis]);
  const [first, last] = [ordered[0]?.[1], ordered.at(-1)?.[1]];
  if (ordered.length < 3 || !first || !last) return workflow;
  const taken = ordered.slice(0, -1).reduce((sum, [, rect]) => sum + rect[size], 0);
  const gap = (last[axis] - first[axis] - taken) / (ordered.length - 1);
  let place = first[axis];
  const places = new Map(ordered.map(([id, rect]) => [id, [place, (place += rect[size] + gap)][0]]));
  return moveEach(workflow, rects, axis, (rect, id) => (places.get(id) ?? rect[axis]) - rect[axis]);
}

/**
 * A shift that brings a rectangle onto the edges or middles of others near it, and the lines that it then lies on.
 * @param {Rect} rect where it would be
 * @param {Iterable<Rect>} others
 * @param {number} within
 * @returns {{by: Point, lines: {x?: number, y?: number}}}
 */
export function snapTo(rect, others, within) {
  const found = { x: nearest(within), y: nearest(within) };
  for (const other of others) {
    for (const axis of /** @type {const} */ (["x", "y"])) {
      const size = axis === "x" ? "w" : "h";
      for (const share of [0, 0.5, 1]) found[axis].offer(other[axis] + other[size] * share - (rect[axis] + rect[size] * share), other[axis] + other[size] * share);
    }
  }
  const { x, y } = { x: found.x.best(), y: found.y.best() };
  return { by: { x: x?.shift ?? 0, y: y?.shift ?? 0 }, lines: { ...(x ? { x: x.line } : {}), ...(y ? { y: y.line } : {}) } };
}

/** The shift that puts a point on a grid. @param {Point} point @param {number} step @returns {Point} */
export function snapToGrid(point, step) {
  return { x: Math.round(point.x / step) * step - point.x, y: Math.round(point.y / step) * step - point.y };
}

/** @param {number} within */
function nearest(within) {
  /** @type {{shift: number, line: number} | null} */
  let found = null;
  return {
    offer(/** @type {number} */ shift, /** @type {number} */ line) {
      if (Math.abs(shift) <= (found ? Math.abs(found.shift) - 1e-9 : within)) found = { shift, line };
    },
    best: () => found,
  };
}

/** @param {Workflow} workflow @param {ReadonlyMap<string, Rect>} rects @param {"x" | "y"} axis @param {(rect: Rect, id: string) => number} shiftOf */
function moveEach(workflow, rects, axis, shiftOf) {
  let next = workflow;
  for (const [id, rect] of rects) {
    const by = Math.round(shiftOf(rect, id));
    next = moveNodes(next, new Set([id]), axis === "x" ? { x: by, y: 0 } : { x: 0, y: by });
  }
  return next;
}
