// Bends in links, as files keep them: each knows the one before it, each link the last one on its way to the input.
/** @import {LinkObject, Workflow} from "./types.js" */

/** @typedef {{id: number, parentId?: number, pos: [number, number], linkIds: number[]}} Reroute */
/** @typedef {{reroutes: Reroute[], parents: Map<number, number>}} Bends `parents`: link id to the id of its last bend */

/** @type {WeakMap<object, Bends>} */
const known = new WeakMap();

/**
 * The bends of a workflow, from wherever its schema keeps them: 0.4 in `extra`, 1 beside the nodes.
 * @param {Workflow} workflow
 * @returns {Bends}
 */
export function bendsOf(workflow) {
  const stored = isLater(workflow) ? workflow : (workflow.extra ?? workflow);
  let bends = known.get(stored);
  if (!bends) known.set(stored, (bends = readBends(workflow)));
  return bends;
}

/**
 * The way of each link that has bends, from its output to its input.
 * @param {Workflow} workflow
 * @returns {Map<number, Reroute[]>}
 */
export function waysOf(workflow) {
  const { reroutes, parents } = bendsOf(workflow);
  const byId = new Map(reroutes.map((reroute) => [reroute.id, reroute]));
  return new Map([...parents].map(([link, last]) => [link, wayTo(byId, last)]));
}

/**
 * @param {Workflow} workflow
 * @param {Reroute[]} reroutes
 * @param {Map<number, number>} parents
 * @returns {Workflow}
 */
export function withBends(workflow, reroutes, parents) {
  if (!isLater(workflow)) {
    const { reroutes: _before, linkExtensions: _links, ...extra } = workflow.extra ?? {};
    if (!reroutes.length) return { ...workflow, extra };
    return { ...workflow, extra: { ...extra, reroutes, linkExtensions: [...parents].map(([id, parentId]) => ({ id, parentId })) } };
  }
  const links = (workflow.links ?? []).map((stored) => {
    if (Array.isArray(stored)) return stored;
    const { parentId: _before, ...link } = /** @type {LinkObject & {parentId?: number}} */ (stored);
    const parentId = parents.get(link.id);
    return parentId === undefined ? link : { ...link, parentId };
  });
  return /** @type {Workflow} */ ({ ...workflow, reroutes, links });
}

/**
 * Put a bend into a link.
 * @param {Workflow} workflow
 * @param {number} link
 * @param {{x: number, y: number}} at
 * @param {number} before how many bends of the link lie before it
 * @returns {Workflow}
 */
export function addBend(workflow, link, at, before) {
  const { reroutes, parents } = bendsOf(workflow);
  const way = waysOf(workflow).get(link) ?? [];
  const id = Math.max(0, ...reroutes.map((reroute) => reroute.id)) + 1;
  const parentId = way[before - 1]?.id;
  const next = way[before];
  /** @type {Reroute} */
  const added = { id, ...(parentId === undefined ? {} : { parentId }), pos: [Math.round(at.x), Math.round(at.y)], linkIds: next ? [...next.linkIds] : [link] };
  const kept = reroutes.map((reroute) => (reroute === next ? { ...reroute, parentId: id } : reroute));
  return withBends(workflow, [...kept, added], next ? parents : new Map(parents).set(link, id));
}

/** @param {Workflow} workflow @param {ReadonlySet<number>} ids @param {{x: number, y: number}} shift @returns {Workflow} */
export function moveBends(workflow, ids, shift) {
  const { reroutes, parents } = bendsOf(workflow);
  const shifted = (/** @type {Reroute} */ { pos: [x, y], ...reroute }) => ({ ...reroute, pos: /** @type {[number, number]} */ ([Math.round(x + shift.x), Math.round(y + shift.y)]) });
  return withBends(workflow, reroutes.map((reroute) => (ids.has(reroute.id) ? shifted(reroute) : reroute)), parents);
}

/** @param {Workflow} workflow @param {number} id @returns {Workflow} */
export function removeBend(workflow, id) {
  const { reroutes, parents } = bendsOf(workflow);
  const gone = reroutes.find((reroute) => reroute.id === id);
  if (!gone) return workflow;
  const kept = reroutes.filter((reroute) => reroute !== gone).map((reroute) => (reroute.parentId === id ? withParent(reroute, gone.parentId) : reroute));
  const left = new Map([...parents].flatMap(([link, last]) => (last !== id ? [[link, last]] : gone.parentId === undefined ? [] : [[link, gone.parentId]])));
  return withBends(workflow, kept, left);
}

/** The workflow without the bends that only these links had. @param {Workflow} workflow @param {ReadonlySet<number>} links @returns {Workflow} */
export function withoutBendsOf(workflow, links) {
  const { reroutes, parents } = bendsOf(workflow);
  if (!reroutes.some((reroute) => reroute.linkIds.some((id) => links.has(id)))) return workflow;
  const kept = reroutes.map((reroute) => ({ ...reroute, linkIds: reroute.linkIds.filter((id) => !links.has(id)) })).filter((reroute) => reroute.linkIds.length);
  return withBends(workflow, kept, new Map([...parents].filter(([id]) => !links.has(id))));
}

/** @param {Workflow} workflow @returns {Bends} */
function readBends(workflow) {
  const stored = /** @type {any} */ (isLater(workflow) ? workflow : (workflow.extra ?? {}));
  const reroutes = /** @type {Reroute[]} */ ((stored.reroutes ?? []).filter((/** @type {any} */ item) => Array.isArray(item?.pos)));
  const listed = isLater(workflow) ? (workflow.links ?? []) : (stored.linkExtensions ?? []);
  const parents = new Map(listed.flatMap((/** @type {any} */ link) => (link?.parentId === undefined ? [] : [[link.id, link.parentId]])));
  return { reroutes: reroutes.map((item) => ({ ...item, linkIds: item.linkIds ?? [] })), parents };
}

/** Whether links are objects that keep their own bends. @param {Workflow} workflow */
function isLater(workflow) {
  const first = workflow.links?.[0];
  return first ? !Array.isArray(first) : workflow.version === 1;
}

/** @param {Map<number, Reroute>} byId @param {number} last */
function wayTo(byId, last) {
  const way = [];
  const seen = new Set();
  for (let reroute = byId.get(last); reroute && !seen.has(reroute.id); reroute = byId.get(reroute.parentId ?? -1)) {
    seen.add(reroute.id);
    way.unshift(reroute);
  }
  return way;
}

/** @param {Reroute} reroute @param {number} [parentId] @returns {Reroute} */
function withParent({ parentId: _before, ...reroute }, parentId) {
  return parentId === undefined ? reroute : { ...reroute, parentId };
}
