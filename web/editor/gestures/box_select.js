// Selecting with a box: every node that it touches; with Shift, added to what is selected.
import { overlaps, rectBetween } from "../kernels/geometry.js";
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @returns {Gesture}
 */
export function startBoxSelect({ editor, stage }, down) {
  const from = stage.pointOf(down);
  const before = editor.selection.value;
  const kept = down.shiftKey ? before : new Set();
  return {
    move(event) {
      const box = rectBetween(from, stage.pointOf(event));
      const touched = [...stage.scene.nodes.values()].filter((placed) => overlaps(placed.layout.rect, box));
      editor.select([...kept, ...touched.map((placed) => placed.id)]);
      stage.showBand(box);
    },
    end(_event, hasMoved) {
      stage.showBand(null);
      if (!hasMoved && !down.shiftKey) editor.select([]);
    },
    cancel() {
      stage.showBand(null);
      editor.select(before);
    },
  };
}
