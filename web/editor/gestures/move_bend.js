// Moving a bend of a link; one press with Alt takes it away.
import { moveBend, removeBend } from "../document/reroutes.js";
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {number} id
 * @returns {Gesture}
 */
export function startMoveBend({ editor, stage }, down, id) {
  const start = stage.scene.bends.find((bend) => bend.id === id);
  const key = `bend ${id} ${down.timeStamp}`;
  const move = (/** @type {import("../kernels/geometry.js").Point} */ point) => editor.document.edit("Move reroute", (workflow) => moveBend(workflow, id, point), key);
  return {
    move: (event) => move(stage.pointOf(event)),
    end(_event, hasMoved) {
      if (!hasMoved && down.altKey) editor.document.edit("Remove reroute", (workflow) => removeBend(workflow, id));
    },
    cancel: () => start && move(start),
  };
}
