// Resizing a node by its lower right corner.
import { resizeNode } from "../document/edits.js";
import { gestureKey } from "../document/history.js";
/** @import {Gesture, GestureContext} from "./pointer.js" */

const LEAST_WIDTH = 140;

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {string} id
 * @returns {Gesture | null}
 */
export function startResize({ editor, stage }, down, id) {
  const placed = stage.scene.nodes.get(id);
  if (!placed) return null;
  const from = stage.pointOf(down);
  const start = { w: placed.layout.rect.w, h: placed.layout.rect.h - placed.layout.title };
  const key = gestureKey(`resize ${id}`, down.timeStamp);
  return {
    move(event) {
      const to = stage.pointOf(event);
      const w = Math.max(LEAST_WIDTH, Math.round(start.w + to.x - from.x));
      const h = Math.max(placed.layout.minHeight, Math.round(start.h + to.y - from.y));
      editor.document.edit("Resize", (workflow) => resizeNode(workflow, id, [w, h]), key);
    },
    end() {},
    cancel() {
      editor.document.retract(editor.document.scopePath + key);
    },
  };
}
