// Joining two slots as a drag or a choice says: the link that was taken off its old input goes, the new one is made.
import { dropLinks } from "../document/edits.js";
import { connect } from "./connecting.js";
import { adoptValue } from "./primitives.js";
/** @import {NodeDefinitions, Workflow} from "../document/types.js" */
/** @import {InputFace, OutputFace} from "./faces.js" */
/** @import {SlotPlace} from "./connecting.js" */

/**
 * @param {Workflow} workflow
 * @param {SlotPlace} first
 * @param {SlotPlace} second of the other side
 * @param {NodeDefinitions} definitions
 * @param {number | null} [held] a link whose end is moved to the new place
 * @returns {Workflow}
 */
export function joinSlots(workflow, first, second, definitions, held = null) {
  const [output, input] = first.side === "output" ? [first, second] : [second, first];
  const target = { node: input.node, slot: /** @type {InputFace} */ (input.slot) };
  if (held !== null && target.slot.link === held) return workflow;
  const freed = held === null ? workflow : dropLinks(workflow, new Set([held]));
  const connected = connect(freed, { node: output.node, slot: /** @type {OutputFace} */ (output.slot) }, target);
  return adoptValue(connected, definitions, output.node);
}
