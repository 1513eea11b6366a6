// The part of a prompt that one of its links needs, with an output of its own that shows the picture there.
import { isLink, neededFor } from "./targets.js";
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
  if (!isLink(source) || !(source[0] in prompt)) return null;
  const part = Object.fromEntries(neededFor(prompt, [source[0]]).map((each) => [each, prompt[each]]));
  return { ...part, [LOOK]: { class_type: "PreviewImage", inputs: { images: source } } };
}
