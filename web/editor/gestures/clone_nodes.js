// Dragging with Alt: copies of the pressed node, or of the selection it is in, are dragged away and the originals stay.
import { gestureKey } from "../document/history.js";
import { nodePosition } from "../document/workflow.js";
import { copyNodes, pasteNodes } from "../kernels/copying.js";
import { startMoveNodes } from "./move_nodes.js";
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {string} node
 * @returns {Gesture}
 */
export function startCloneNodes(context, down, node) {
  const { editor } = context;
  const key = gestureKey("clone", down.timeStamp);
  /** @type {Gesture | null} */
  let moving = null;
  const begin = () => {
    const chosen = editor.selection.value.has(node) ? editor.selection.value : new Set([node]);
    const cloned = clone(editor.document.graph, chosen);
    if (!cloned) return null;
    editor.document.edit("Clone", () => cloned.workflow, key);
    editor.select(cloned.ids.values());
    return startMoveNodes(context, down, cloned.ids.get(node) ?? "", false, key);
  };
  return {
    move(event) {
      moving ??= begin();
      moving?.move(event);
    },
    end(event, hasMoved) {
      if (moving) moving.end(event, hasMoved);
      else editor.select([node]);
    },
    cancel() {
      if (!moving) return;
      moving.cancel();
      editor.document.undo();
    },
  };
}

/**
 * The graph with copies that lie on the originals, and the copies' ids by those of the originals.
 * @param {import("../document/types.js").Workflow} graph
 * @param {ReadonlySet<string>} chosen
 */
function clone(graph, chosen) {
  const originals = graph.nodes.filter((item) => chosen.has(String(item.id)));
  const places = originals.map(nodePosition);
  const corner = { mayCover: true, x: Math.min(...places.map(([x]) => x)), y: Math.min(...places.map(([, y]) => y)) };
  const pasted = pasteNodes(graph, copyNodes(graph, chosen), corner);
  return pasted && { workflow: pasted.workflow, ids: new Map(pasted.ids.map((id, index) => [String(originals[index].id), id])) };
}
