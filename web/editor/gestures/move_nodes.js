// Selecting a node by a press and moving the selection by a drag; the workflow changes once, at the release.
import { moveNodes } from "../document/edits.js";
import { findNode } from "../document/workflow.js";
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {string} node
 * @param {boolean} isAdding whether Shift or Ctrl is held
 * @returns {Gesture}
 */
export function startMoveNodes({ editor, stage }, down, node, isAdding) {
  const before = editor.selection.value;
  const wasSelected = before.has(node);
  if (!wasSelected) editor.select(isAdding ? [...before, node] : [node]);
  const ids = new Set([...editor.selection.value].filter((id) => !findNode(editor.document.graph, id)?.flags?.pinned));
  const from = stage.pointOf(down);
  const finish = () => {
    stage.shift = null;
    stage.schedule();
  };
  return {
    move(event) {
      const to = stage.pointOf(event);
      stage.shift = { ids, by: { x: Math.round(to.x - from.x), y: Math.round(to.y - from.y) } };
      stage.schedule();
    },
    end(_event, hasMoved) {
      const by = stage.shift?.by;
      finish();
      if (hasMoved && by) editor.document.edit("Move", (workflow) => moveNodes(workflow, ids, by));
      else if (isAdding && wasSelected) editor.select([...before].filter((id) => id !== node));
      else if (!isAdding) editor.select([node]);
    },
    cancel() {
      finish();
      editor.select(before);
    },
  };
}
