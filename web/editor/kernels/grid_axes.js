// What a grid can sweep: the values of a workflow's cards, by names that its server understands.
import { faceOf } from "./faces.js";
/** @import {NodeDefinitions, Workflow} from "../document/types.js" */

const SEARCH = "search and replace";

/**
 * Every value of the cards as `name.input`: by the title that a card was given, by its class, or by its id, whichever says which.
 * @param {Workflow} workflow
 * @param {string} grid the grid's own id: its values cannot be swept by it
 * @param {NodeDefinitions} definitions
 * @returns {string[]}
 */
export function axisNames(workflow, grid, definitions) {
  const nodes = workflow.nodes.filter((node) => String(node.id) !== grid);
  const isAlone = (/** @type {string} */ name) => nodes.filter((node) => node.title === name || node.type === name).length === 1;
  const named = nodes.flatMap((node) => {
    const face = faceOf(workflow, node, definitions);
    if (face.kind !== "plain") return [];
    const fed = new Set(face.inputs.filter((input) => input.link !== null).map((input) => input.name));
    const name = [node.title, node.type].find((each) => each && isAlone(each)) ?? String(node.id);
    return face.widgets.filter((widget) => widget.sends && !fed.has(widget.name)).map((widget) => `${name}.${widget.name}`);
  });
  return [...named, SEARCH];
}
