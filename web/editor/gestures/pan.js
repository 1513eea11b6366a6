// Panning by dragging the empty canvas; a click without a drag selects the link under it, or nothing.
/** @import {Gesture, GestureContext} from "./pointer.js" */

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {boolean} clears whether a mere click clears the selection
 * @param {number} [link] the link under the pointer
 * @returns {Gesture}
 */
export function startPan({ editor, stage }, down, clears, link) {
  const start = stage.viewport.value;
  return {
    move(event) {
      const x = start.x + event.clientX - down.clientX;
      const y = start.y + event.clientY - down.clientY;
      stage.viewport.value = { ...start, x, y };
    },
    end(_event, hasMoved) {
      if (hasMoved || !clears) return;
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      if (link === undefined) editor.select([]);
      else editor.selectLink(link);
    },
    cancel() {
      stage.viewport.value = start;
    },
  };
}
