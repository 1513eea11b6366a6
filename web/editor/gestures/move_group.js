// Moving a group with what is in it by its title, or resizing it by its corner; a click selects its members.
import { changeGroup, heldBy, moveHeld, resizedGroup } from "../kernels/groups.js";
/** @import {Group} from "../document/types.js" */
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {Group} group
 * @returns {Gesture}
 */
export function startMoveGroup({ editor, stage }, down, group) {
  const held = heldBy(stage.scene, group);
  const from = stage.pointOf(down);
  const finish = () => {
    stage.shift = null;
    stage.schedule();
  };
  return {
    move(event) {
      const to = stage.pointOf(event);
      stage.shift = { held, by: { x: Math.round(to.x - from.x), y: Math.round(to.y - from.y) } };
      stage.schedule();
    },
    end(_event, hasMoved) {
      const by = stage.shift?.by;
      finish();
      if (hasMoved && by) editor.document.edit("Move group", (workflow) => moveHeld(workflow, held, by));
      else editor.select(held.ids);
    },
    cancel: finish,
  };
}

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {Group} group
 * @returns {Gesture}
 */
export function startResizeGroup({ editor, stage }, down, group) {
  const index = stage.scene.groups.indexOf(group);
  const from = stage.pointOf(down);
  const held = { ids: new Set(), groups: new Set([group]), change: resizedGroup };
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
      if (hasMoved && by) editor.document.edit("Resize group", (workflow) => changeGroup(workflow, index, resizedGroup(group, by)));
    },
    cancel: finish,
  };
}
