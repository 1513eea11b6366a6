// Bends of links that are joined from several: those outside of a subgraph and those inside, one after the other.
import { bendsOf, withBends } from "../document/reroutes.js";
/** @import {Reroute} from "../document/reroutes.js" */
/** @import {Workflow} from "../document/types.js" */

/** @typedef {{bend: Reroute, isInner: boolean}} BendStep a bend on the way of a joined link, and whether it comes from inside */

/**
 * Give links their ways. Links that shared bends share them still, also with links that were there before.
 * @param {Workflow} workflow
 * @param {Map<number, BendStep[]>} ways of links, by id, from the output to the input
 * @param {{x: number, y: number}} shift of what comes from inside
 * @returns {Workflow}
 */
export function withWays(workflow, ways, shift) {
  if (![...ways.values()].some((way) => way.length)) return workflow;
  const { reroutes, parents } = bendsOf(workflow);
  const bends = new Map(reroutes.map((bend) => [bend.id, { ...bend, linkIds: [...bend.linkIds] }]));
  const known = new Map(reroutes.map((bend) => [keyOf(bend.parentId, bend.id, false), bend.id]));
  const last = new Map(parents);
  let lastId = Math.max(0, ...bends.keys());
  for (const [link, way] of ways) {
    /** @type {number | undefined} */
    let parent;
    for (const { bend, isInner } of way) {
      const key = keyOf(parent, bend.id, isInner);
      const id = known.get(key) ?? (lastId += 1);
      if (!known.has(key)) bends.set(id, placed(bend, id, parent, isInner ? shift : { x: 0, y: 0 }));
      known.set(key, id);
      bends.get(id)?.linkIds.push(link);
      parent = id;
    }
    if (parent !== undefined) last.set(link, parent);
  }
  return withBends(workflow, [...bends.values()], last);
}

/** What tells a bend: the one before it, and where it was. @param {number | undefined} parent @param {number} id @param {boolean} isInner */
function keyOf(parent, id, isInner) {
  return `${parent ?? ""}/${isInner ? "in" : "out"}/${id}`;
}

/** @param {Reroute} bend @param {number} id @param {number | undefined} parent @param {{x: number, y: number}} shift @returns {Reroute} */
function placed({ parentId: _parent, pos: [x, y], ...bend }, id, parent, shift) {
  return { ...bend, id, ...(parent === undefined ? {} : { parentId: parent }), pos: [x + shift.x, y + shift.y], linkIds: [] };
}
