// Whether the parts of a workflow file are of the kinds that everything else takes for granted.
/** @import {Workflow} from "./types.js" */

/** @typedef {(value: any) => boolean} Claim */

/** @type {Claim} */
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
/** @type {Claim} */
const hasKeys = (value) => value !== null && typeof value === "object";
/** @param {number} count @returns {Claim} */
const numbers = (count) => (value) => hasKeys(value) && [...Array(count).keys()].every((index) => Number.isFinite(value[index]));

/** @type {Record<string, Claim>} */
const IN_A_WORKFLOW = {
  links: listOf((link) => link === null || hasKeys(link)),
  groups: listOf((group) => isObject(group) && numbers(4)(group.bounding)),
  definitions: (value) => isObject(value) && listOf(isObject)(value.subgraphs ?? []),
};

/** @type {Record<string, Claim>} */
const IN_A_NODE = {
  pos: numbers(2),
  size: numbers(2),
  flags: hasKeys,
  inputs: listOf(isObject),
  outputs: listOf((output) => isObject(output) && Array.isArray(output.links ?? [])),
  properties: hasKeys,
  widgets_values: hasKeys,
};

/**
 * What keeps a workflow from being shown, in words; "" when nothing does.
 * @param {Workflow} workflow whose `nodes` are a list
 */
export function findDamage(workflow) {
  for (const node of workflow.nodes) {
    const hasName = isObject(node) && typeof node.type === "string" && ["number", "bigint", "string"].includes(typeof node.id);
    if (!hasName) return "a node has no id or no type";
    const part = wrongPart(node, IN_A_NODE);
    if (part) return `the ${part} of node ${node.id} cannot be read`;
  }
  const part = wrongPart(workflow, IN_A_WORKFLOW);
  return part ? `its ${part} cannot be read` : "";
}

/** @param {Record<string, any>} value @param {Record<string, Claim>} claims */
function wrongPart(value, claims) {
  return Object.keys(claims).find((key) => (value[key] ?? null) !== null && !claims[key](value[key]));
}

/** @param {Claim} claim @returns {Claim} */
function listOf(claim) {
  return (value) => Array.isArray(value) && value.every(claim);
}
