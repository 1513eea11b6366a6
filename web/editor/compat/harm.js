// What packs' scripts do to the declarations of nodes is kept only where the page can still read them.
import { schemaOf } from "../kernels/schema.js";
import { say } from "../texts/texts.js";
/** @import {NodeDefinition, NodeDefinitions} from "../document/types.js" */

/** Whether the page can make a card of it. @param {NodeDefinition} definition */
export function isReadable(definition) {
  try {
    // Of an object that was seen before, what was read of it then is remembered.
    const { widgets } = schemaOf({ ...definition });
    return widgets.every((widget) => Array.isArray(widget.choices));
  } catch {
    return false;
  }
}

/**
 * Give a declaration back what it was, in place, for scripts hold on to it.
 * @param {NodeDefinitions} definitions
 * @param {string} type
 * @param {NodeDefinition} before
 * @returns {Error} which says so
 */
export function giveBack(definitions, type, before) {
  const harmed = definitions[type];
  const whole = structuredClone(before);
  if (harmed && typeof harmed === "object") {
    for (const key of Object.keys(harmed)) delete (/** @type {any} */ (harmed)[key]);
    Object.assign(harmed, whole);
  } else definitions[type] = whole;
  return new Error(say("packs.harmed", { type }));
}
