// Moving a bend of a link or a group with what is in it, or resizing a group: in the workflow once, at the release.
import { moveBends, removeBend } from "../document/reroutes.js";
import { changeGroup, heldBy, moveHeld, resizedGroup } from "../kernels/groups.js";
/** @import {Group, Workflow} from "../document/types.js" */
/** @import {Point} from "../kernels/geometry.js" */
/** @import {Held} from "../kernels/moving.js" */
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * What becomes of what is held: `label` names the change, `moved` makes it, `pressed` is for a press without a drag.
 * @typedef {{label: string, moved: (workflow: Workflow, by: Point) => Workflow, pressed?: () => void}} Outcome
 */

/** Choose a bend and move it; one press with Alt takes it away. @param {GestureContext} context @param {PointerEvent} down @param {number} id @returns {Gesture} */
export function startMoveBend(context, down, id) {
  const bends = new Set([id]);
  context.editor.selectBend(id);
  return startMoveHeld(context, down, { ids: new Set(), bends }, {
    label: "Move reroute",
    moved: (workflow, by) => moveBends(workflow, bends, by),
    pressed: () => down.altKey && context.editor.document.edit("Remove reroute", (workflow) => removeBend(workflow, id)),
  });
}

/** Move a group by its title; a press selects its members. @param {GestureContext} context @param {PointerEvent} down @param {Group} group @returns {Gesture} */
export function startMoveGroup(context, down, group) {
  const held = heldBy(context.stage.scene, group);
  return startMoveHeld(context, down, held, {
    label: "Move group",
    moved: (workflow, by) => moveHeld(workflow, held, { x: Math.round(by.x), y: Math.round(by.y) }),
    pressed: () => context.editor.selectGroup(context.stage.scene.groups.indexOf(group), held.ids),
  });
}

/** Resize a group by its corner. @param {GestureContext} context @param {PointerEvent} down @param {Group} group @returns {Gesture} */
export function startResizeGroup(context, down, group) {
  const index = context.stage.scene.groups.indexOf(group);
  return startMoveHeld(context, down, { ids: new Set(), groups: new Set([group]), change: resizedGroup }, {
    label: "Resize group",
    moved: (workflow, by) => changeGroup(workflow, index, resizedGroup(group, by)),
  });
}

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {Held} held
 * @param {Outcome} outcome
 * @returns {Gesture}
 */
function startMoveHeld({ editor, stage }, down, held, { label, moved, pressed }) {
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
      if (hasMoved && by) editor.document.edit(label, (workflow) => moved(workflow, by));
      else pressed?.();
    },
    cancel: finish,
  };
}
