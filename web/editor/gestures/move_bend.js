// Moving a bend of a link, in the workflow once, at the release; one press with Alt takes it away.
import { moveBends, removeBend } from "../document/reroutes.js";
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {number} id
 * @returns {Gesture}
 */
export function startMoveBend({ editor, stage }, down, id) {
  const bends = new Set([id]);
  const held = { ids: new Set(), bends };
  const from = stage.pointOf(down);
  const finish = () => {
    stage.shift = null;
    stage.schedule();
  };
  return {
    move(event) {
      const to = stage.pointOf(event);
      stage.shift = { held, by: { x: to.x - from.x, y: to.y - from.y } };
      stage.schedule();
    },
    end(_event, hasMoved) {
      const by = stage.shift?.by;
      finish();
      if (hasMoved && by) editor.document.edit("Move reroute", (workflow) => moveBends(workflow, bends, by));
      else if (down.altKey) editor.document.edit("Remove reroute", (workflow) => removeBend(workflow, id));
    },
    cancel: finish,
  };
}
