// Selecting with a box: every node that it touches; with Shift, added to what is selected. Just around a group, it chooses that.
import { overlaps, rectBetween } from "../kernels/geometry.js";
import { groupWithin } from "../kernels/groups.js";
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
  let box = rectBetween(from, from);
  return {
    move(event) {
      box = rectBetween(from, stage.pointOf(event));
      const touched = [...stage.scene.nodes.values()].filter((placed) => overlaps(placed.layout.rect, box));
      editor.select([...kept, ...touched.map((placed) => placed.id)]);
      stage.showBand(box);
    },
    end(_event, hasMoved) {
      stage.showBand(null);
      if (!hasMoved && !down.shiftKey) editor.select([]);
      const group = hasMoved ? groupWithin(stage.scene, box, editor.selection.value) : -1;
      if (group >= 0) editor.selectGroup(group, editor.selection.value);
    },
    cancel() {
      stage.showBand(null);
      editor.select(before);
    },
  };
}
