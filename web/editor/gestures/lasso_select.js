// Selecting with a freely drawn loop: every node whose middle lies in it; with Shift, added to what is selected.
import { takes } from "../kernels/lasso.js";
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @returns {Gesture}
 */
export function startLassoSelect({ editor, stage }, down) {
  const loop = [stage.pointOf(down)];
  const before = editor.selection.value;
  const kept = down.shiftKey ? before : new Set();
  return {
    move(event) {
      loop.push(stage.pointOf(event));
      const taken = [...stage.scene.nodes.values()].filter((placed) => takes(loop, placed.layout.rect));
      editor.select([...kept, ...taken.map((placed) => placed.id)]);
      stage.showLoop(loop);
    },
    end: () => stage.showLoop(null),
    cancel() {
      stage.showLoop(null);
      editor.select(before);
    },
  };
}
