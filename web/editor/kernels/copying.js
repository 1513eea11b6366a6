// Copying nodes as text and pasting them: fresh ids, the links among them kept.
import { changeNode, withLastLink, withLastNode } from "../document/edits.js";
import { parseJson, writeJson } from "../document/json.js";
import { waysOf } from "../document/reroutes.js";
import { definitionsOf } from "../document/scopes.js";
import { isBox } from "../document/slots.js";
import { findNode, lastLinkId, lastNodeId, linksById, nodePosition, writeLink } from "../document/workflow.js";
import { withWays } from "./joined_bends.js";
import { shiftedGroup } from "./moving.js";
import { areCompatible } from "./types.js";
/** @import {Reroute} from "../document/reroutes.js" */
/** @import {Group, Link, SubgraphDefinition, Workflow, WorkflowNode} from "../document/types.js" */

/** @typedef {{x: number, y: number, mayCover?: boolean}} PastePlace where the upper left corner goes, and whether nodes may lie exactly on others */
/** @typedef {Link & {source?: string}} EnteringLink a link from a node that is not copied, and that node's class */

const MARK = "skein-nodes";
const BESIDE = 30;

/**
 * The chosen nodes, the links among them and those that enter from outside, as text for the clipboard.
 * @param {Workflow} workflow
 * @param {ReadonlySet<string>} ids
 * @param {readonly Group[]} [groups] that are copied with them
 */
export function copyNodes(workflow, ids, groups = []) {
  const nodes = workflow.nodes.filter((node) => ids.has(String(node.id)) && !isBox(node.id));
  const kept = new Set(nodes.map((node) => String(node.id)));
  const into = [...linksById(workflow).values()].filter((link) => kept.has(String(link.to)));
  const links = into.filter((link) => kept.has(String(link.from)));
  const entering = into.filter((link) => !kept.has(String(link.from))).map((link) => ({ ...link, source: findNode(workflow, link.from)?.type }));
  const subgraphs = [...definitionsOf(workflow, nodes.map((node) => node.type)).values()];
  const bends = waysOf(workflow);
  const ways = links.flatMap(({ id }) => (bends.has(id) ? [[id, bends.get(id)]] : []));
  return writeJson({ kind: MARK, nodes, links, ...(ways.length ? { ways } : {}), ...(groups.length ? { groups } : {}), ...(entering.length ? { entering } : {}), ...(subgraphs.length ? { subgraphs } : {}) });
}

/**
 * Whether pasting would put a subgraph into itself.
 * @param {Workflow} graph where to paste: a workflow, or an opened subgraph
 * @param {string} text
 */
export function wouldHoldItself(graph, text) {
  const types = (readCopied(text)?.nodes ?? []).map((node) => node.type);
  return graph.id !== undefined && definitionsOf(graph, types).has(graph.id);
}

/**
 * @param {Workflow} workflow
 * @param {string} text
 * @param {PastePlace | null} at null: a little beside the originals
 * @param {boolean} [isLinked] whether what fed the originals feeds the pasted nodes too
 * @returns {{workflow: Workflow, ids: string[]} | null} null where the text holds no nodes
 */
export function pasteNodes(workflow, text, at, isLinked = false) {
  const copied = readCopied(text);
  const groups = copied?.groups ?? [];
  if (!copied || copied.nodes.length + groups.length === 0) return null;
  const shift = shiftTo([...copied.nodes.map(nodePosition), ...groups.map(({ bounding: [x, y] }) => /** @type {[number, number]} */ ([x, y]))], at, workflow);
  let nextNode = lastNodeId(workflow);
  let nextLink = lastLinkId(workflow);
  const newIds = new Map(copied.nodes.map((node) => [String(node.id), (nextNode += 1)]));
  const newLinks = new Map(copied.links.map((link) => [link.id, (nextLink += 1)]));
  const nodes = copied.nodes.map((node) => renumbered(node, newIds, newLinks, shift));
  const links = copied.links.map((link) =>
    writeLink(
      {
        ...link,
        id: /** @type {number} */ (newLinks.get(link.id)),
        from: /** @type {number} */ (newIds.get(String(link.from))),
        to: /** @type {number} */ (newIds.get(String(link.to))),
      },
      workflow,
    ),
  );
  const known = workflow.definitions?.subgraphs ?? [];
  const added = (copied.subgraphs ?? []).filter((subgraph) => !known.some(({ id }) => id === subgraph.id));
  const definitions = added.length ? { definitions: { ...workflow.definitions, subgraphs: [...known, ...added] } } : {};
  const joined = { ...workflow, ...definitions, ...withGroups(workflow, groups, shift), nodes: [...workflow.nodes, ...nodes], links: [...(workflow.links ?? []), ...links] };
  const ids = [...newIds.values()].map(String);
  const ways = new Map((copied.ways ?? []).map(([id, way]) => [/** @type {number} */ (newLinks.get(id)), way.map((bend) => ({ bend, isInner: true }))]));
  const pasted = withWays(withLastLink(withLastNode(joined, nextNode), nextLink), ways, shift);
  return { workflow: isLinked ? withEntering(pasted, copied.entering ?? [], newIds) : pasted, ids };
}

/**
 * The workflow in which pasted nodes are fed by what fed the originals, by the same bends, where that is there:
 * an id alone says little, for in another workflow it is another node's, and may have become one of the pasted.
 * @param {Workflow} workflow
 * @param {EnteringLink[]} entering
 * @param {Map<string, number>} ids of the originals, and what they became
 */
function withEntering(workflow, entering, ids) {
  let next = workflow;
  const [stored, bends, ways] = [linksById(workflow), waysOf(workflow), new Map()];
  const pasted = new Set([...ids.values()].map(String));
  for (const { source: sourceType, ...link } of entering) {
    const to = ids.get(String(link.to));
    const source = findNode(next, link.from);
    const output = source?.outputs?.[link.fromSlot];
    if (to === undefined || !source || !output || !areCompatible(output.type, link.type)) continue;
    if (pasted.has(String(link.from)) || (sourceType !== undefined && source.type !== sourceType)) continue;
    const id = lastLinkId(next) + 1;
    next = changeNode(next, link.from, (node) => ({
      ...node,
      outputs: node.outputs?.map((slot, index) => (index === link.fromSlot ? { ...slot, links: [...(slot.links ?? []), id] } : slot)),
    }));
    next = changeNode(next, to, (node) => ({ ...node, inputs: node.inputs?.map((slot, index) => (index === link.toSlot ? { ...slot, link: id } : slot)) }));
    next = withLastLink({ ...next, links: [...(next.links ?? []), writeLink({ ...link, id, to }, next)] }, id);
    const original = stored.get(link.id);
    const isSame = original && String(original.from) === String(link.from) && original.fromSlot === link.fromSlot;
    if (isSame) ways.set(id, (bends.get(link.id) ?? []).map((bend) => ({ bend, isInner: false })));
  }
  return withWays(next, ways, { x: 0, y: 0 });
}

/** @param {string} text @returns {{nodes: WorkflowNode[], links: Link[], ways?: [number, Reroute[]][], groups?: Group[], entering?: EnteringLink[], subgraphs?: SubgraphDefinition[]} | null} */
function readCopied(text) {
  try {
    const value = parseJson(text);
    return value?.kind === MARK ? value : null;
  } catch {
    return null;
  }
}

/**
 * How far nodes are moved to a point; a little aside where a node is already, for one on the other looks like one.
 * @param {[number, number][]} positions of the nodes and groups
 * @param {PastePlace | null} at
 * @param {Workflow} workflow
 */
function shiftTo(positions, at, workflow) {
  const [left, top] = [0, 1].map((axis) => Math.min(...positions.map((position) => position[axis])));
  const shift = at ? { x: Math.round(at.x - left), y: Math.round(at.y - top) } : { x: BESIDE, y: BESIDE };
  if (at?.mayCover) return shift;
  const taken = new Set(workflow.nodes.map((node) => nodePosition(node).join()));
  while (positions.some(([x, y]) => taken.has(`${x + shift.x},${y + shift.y}`))) Object.assign(shift, { x: shift.x + BESIDE, y: shift.y + BESIDE });
  return shift;
}

/** @param {Workflow} workflow @param {Group[]} groups @param {{x: number, y: number}} shift @returns {Pick<Workflow, "groups">} */
function withGroups(workflow, groups, shift) {
  if (!groups.length) return {};
  const before = workflow.groups ?? [];
  const last = Math.max(0, ...before.map((group) => Number(group.id) || 0));
  return { groups: [...before, ...groups.map((group, index) => ({ ...shiftedGroup(group, shift), id: last + 1 + index }))] };
}

/**
 * @param {WorkflowNode} node
 * @param {Map<string, number>} ids
 * @param {Map<number, number>} links
 * @param {{x: number, y: number}} shift
 * @returns {WorkflowNode}
 */
function renumbered(node, ids, links, shift) {
  const [x, y] = nodePosition(node);
  /** @type {WorkflowNode} */
  const next = { ...node, id: /** @type {number} */ (ids.get(String(node.id))), pos: [x + shift.x, y + shift.y] };
  if (node.inputs) {
    next.inputs = node.inputs.map((slot) => ({ ...slot, link: slot.link == null ? null : (links.get(slot.link) ?? null) }));
  }
  if (node.outputs) {
    next.outputs = node.outputs.map((slot) => ({ ...slot, links: (slot.links ?? []).flatMap((id) => links.get(id) ?? []) }));
  }
  return next;
}
