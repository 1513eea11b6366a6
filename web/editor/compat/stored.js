// What is stored of a node, as packs' scripts read and write it.
import { nodePosition, nodeSize } from "../document/workflow.js";
/** @import {WorkflowNode} from "../document/types.js" */
/** @import {PackNode} from "./node.js" */

/** What is stored, in the form that scripts are given: theirs to change. @param {WorkflowNode} stored @returns {Record<string, any>} */
export function inTheirForm(stored) {
  return { ...structuredClone(stored), pos: nodePosition(stored), size: nodeSize(stored) };
}

/**
 * What a script makes of what is stored of its node, or null where it makes nothing else of it. Its links stay what they are.
 * @param {PackNode} node
 * @returns {WorkflowNode | null}
 */
export function serializedOf(node) {
  if (!node.writesItself) return null;
  const { stored } = node;
  return /** @type {WorkflowNode | null} */ (
    node.graph.guard(node, "onSerialize", () => {
      const made = JSON.parse(JSON.stringify(node.serialize()));
      if (!made || typeof made !== "object") return null;
      const { id, type, pos, size, inputs, outputs } = stored;
      const kept = Object.fromEntries(Object.entries({ id, type, pos, size, inputs, outputs }).filter(([, value]) => value !== undefined));
      const whole = { ...made, ...kept };
      return isSame(whole, stored) ? null : whole;
    }) ?? null
  );
}

/** @param {any} one @param {any} other both of JSON */
function isSame(one, other) {
  return inOrder(one) === inOrder(other);
}

/** @param {Record<string, any>} record */
function inOrder(record) {
  return JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a node is as it was added, wherever it lies and whatever is linked to it. @param {WorkflowNode} node @param {WorkflowNode} first */
export function isUntouched(node, first) {
  const plain = (/** @type {any} */ { id: _id, pos: _pos, order: _order, inputs, outputs, ...rest }) => {
    const names = (/** @type {any[]} */ slots) => (slots ?? []).map(({ name, type }) => [name, type]);
    return JSON.stringify([names(inputs), names(outputs), inOrder(rest)]);
  };
  return plain(node) === plain(first);
}
