// Zooming with the wheel at the pointer; a trackpad's pinch arrives as a wheel with Ctrl.
import { wheelPixels, wheelZoom, zoomAt } from "../kernels/geometry.js";
/** @import {Stage} from "../view/stage.js" */

/**
 * @param {Stage} stage
 * @param {() => boolean} wheelPans whether the wheel moves the view, as trackpads are used; with Ctrl it zooms all the same
 */
export function attachZoom(stage, wheelPans) {
  stage.root.addEventListener(
    "wheel",
    (event) => {
      if (scrollsItself(event)) return;
      event.preventDefault();
      const isPan = !event.ctrlKey && !event.metaKey && (event.shiftKey || wheelPans());
      if (isPan) return panBy(stage, event);
      stage.viewport.value = zoomAt(stage.viewport.value, stage.screenPoint(event), wheelZoom(event));
    },
    { passive: false },
  );
}

/** With Shift a wheel that only turns one way moves the view sideways. @param {Stage} stage @param {WheelEvent} event */
function panBy(stage, event) {
  const by = wheelPixels(event);
  const [dx, dy] = event.shiftKey && !by.x ? [by.y, 0] : [by.x, by.y];
  const { x, y, scale } = stage.viewport.value;
  stage.viewport.value = { x: x - dx, y: y - dy, scale };
}

/** Whether the wheel belongs to a text that is being edited and has more to show. @param {WheelEvent} event */
function scrollsItself(event) {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  const text = target.closest("textarea, pre");
  return text !== null && (text === document.activeElement || text.matches("pre")) && text.scrollHeight > text.clientHeight;
}
