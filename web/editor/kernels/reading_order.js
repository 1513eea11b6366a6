// Nodes in the order in which a person reads them: column by column, each from the top.
/** @import {SceneNode} from "./scene.js" */

const COLUMN = 120;

/**
 * Nodes that begin within COLUMN of one another are a column.
 * @param {Iterable<SceneNode>} nodes
 * @returns {SceneNode[]}
 */
export function readingOrder(nodes) {
  const sorted = [...nodes].sort((a, b) => a.layout.rect.x - b.layout.rect.x);
  /** @type {{from: number, nodes: SceneNode[]}[]} */
  const columns = [];
  for (const node of sorted) {
    const column = columns.at(-1);
    if (column && node.layout.rect.x - column.from < COLUMN) column.nodes.push(node);
    else columns.push({ from: node.layout.rect.x, nodes: [node] });
  }
  return columns.flatMap((column) => column.nodes.sort((a, b) => a.layout.rect.y - b.layout.rect.y));
}
