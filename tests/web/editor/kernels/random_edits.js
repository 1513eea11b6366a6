// Random workflows and edits for property tests; the same seed makes the same ones.
import { moveNodes, removeNodes, setTitle, toggleCollapsed, toggleMode } from "../../../../web/editor/document/edits.js";
import { copyNodes, pasteNodes } from "../../../../web/editor/kernels/copying.js";
import { makeSubgraph } from "../../../../web/editor/kernels/make_subgraph.js";
import { unpack } from "../../../../web/editor/kernels/unpack.js";

/** A generator of numbers from 0 to below 1 (Marsaglia's xorshift). */
export function randomFrom(seed) {
  let state = seed * 2654435761 + 1 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Some of the nodes of a workflow, at least one. */
export function someNodes(workflow, random, share = 0.4) {
  const ids = workflow.nodes.map((node) => String(node.id));
  const chosen = ids.filter(() => random() < share);
  return new Set(chosen.length ? chosen : ids.slice(0, 1));
}

/** One edit of a graph, drawn at random among those that change it. */
export const EDITS = [
  (graph, random) => moveNodes(graph, someNodes(graph, random), { x: Math.round(random() * 90) + 1, y: 7 }),
  (graph, random) => toggleMode(graph, someNodes(graph, random), 4),
  (graph, random) => toggleCollapsed(graph, someNodes(graph, random)),
  (graph, random) => removeNodes(graph, someNodes(graph, random, 0.1)),
  (graph, random) => pasteNodes(graph, copyNodes(graph, someNodes(graph, random)), null)?.workflow ?? graph,
  (graph, random) => makeSubgraph(graph, someNodes(graph, random), `Part ${Math.round(random() * 1000)}`)?.workflow ?? graph,
  (graph, random) => setTitle(graph, [...someNodes(graph, random)][0], `Title ${random()}`),
  (graph, _random, definitions) => graph.nodes.map((node) => unpack(graph, node.id, definitions)).find(Boolean)?.workflow ?? graph,
];
