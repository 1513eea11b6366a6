// The words of panels that the page fetches later: `say` as everywhere, with the texts that only they use.
import { ENGLISH_FILES } from "./english_files.js";
import { learn, say as sayKnown } from "./texts.js";
/** @import {TextKey} from "./texts.js" */

learn(ENGLISH_FILES);

/** @param {TextKey} key @param {Record<string, string | number>} [values] */
export function say(key, values) {
  return sayKnown(key, values);
}
