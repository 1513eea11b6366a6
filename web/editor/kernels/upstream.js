// The part of a prompt that one of its links needs, with an output of its own that shows the picture there.
/** @import {Prompt} from "../document/types.js" */

export const LOOK = "look";

/**
 * @param {Prompt} prompt
 * @param {string} id of a node
 * @param {string} input whose picture is wanted
 * @returns {Prompt | null} null where nothing is linked
 */
export function promptOfPicture(prompt, id, input) {
  const source = prompt[id]?.inputs[input];
  if (!isLink(source, prompt)) return null;
  /** @type {Prompt} */
  const part = {};
  const pending = [source[0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next in part || !(next in prompt)) continue;
    part[next] = prompt[next];
    for (const value of Object.values(prompt[next].inputs)) if (isLink(value, prompt)) pending.push(value[0]);
  }
  return { ...part, [LOOK]: { class_type: "PreviewImage", inputs: { images: source } } };
}

/** @param {any} value @param {Prompt} prompt @returns {value is [string, number]} */
function isLink(value, prompt) {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && Number.isInteger(value[1]) && value[0] in prompt;
}
