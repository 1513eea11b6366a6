// Dragging an output with Shift: all its links go to the output where it is let go.
import { fittingOutputs, linksAt, moveLinks, whyNotMoved } from "../kernels/moving_links.js";
import { slotKey } from "../kernels/connecting.js";
import { typeColour } from "../view/theme.js";
import { markFitting, targetAt } from "./slot_under.js";
/** @import {OutputFace} from "../kernels/faces.js" */
/** @import {SlotPlace} from "../kernels/connecting.js" */
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * @param {GestureContext} context
 * @param {SlotPlace} pressed an output
 * @returns {Gesture | null} null where it has no links
 */
export function startMoveLinks({ editor, stage }, pressed) {
  const workflow = editor.document.graph;
  const links = linksAt(workflow, pressed);
  if (!links.length) return null;
  const fits = fittingOutputs(workflow, stage.scene, links);
  const ends = stage.scene.links.filter((placed) => links.some((link) => link.id === placed.link.id)).map((placed) => placed.curve.to);
  const colour = typeColour(stage.theme, pressed.slot.type);
  const isFitting = (/** @type {SlotPlace} */ place) => fits.has(slotKey(place.node, place.side, place.slot.name));
  markFitting(stage, fits);
  const finish = () => {
    stage.showLooseLinks([]);
    markFitting(stage, null);
    editor.notices.hint("");
  };
  return {
    move(event) {
      const target = targetAt(stage, event, fits);
      const isRefused = target !== null && !isFitting(target);
      const from = stage.pointOf(event);
      stage.showLooseLinks(ends.map((to) => ({ from, to, isBackward: false, colour: isRefused ? stage.theme.danger : colour })));
      editor.notices.hint(target && isRefused && target.node !== pressed.node ? whyNotMoved(workflow, stage.scene, links, target) : "", event);
    },
    end(event, hasMoved) {
      const target = hasMoved ? targetAt(stage, event, fits) : null;
      finish();
      if (!target || !isFitting(target)) return;
      editor.document.edit("Move links", (graph) => moveLinks(graph, links, { node: target.node, slot: /** @type {OutputFace} */ (target.slot) }));
    },
    cancel: finish,
  };
}
