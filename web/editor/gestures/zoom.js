// Zooming with the wheel at the pointer; a trackpad's pinch arrives as a wheel with Ctrl.
import { zoomAt } from "../kernels/geometry.js";
/** @import {Stage} from "../view/stage.js" */

const PER_PIXEL = 0.0012;
const PER_PINCH_PIXEL = 0.01;
const PIXELS_PER_LINE = 18;
const MOST_PIXELS = 240;

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
      const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? PIXELS_PER_LINE : 1);
      const bounded = Math.max(-MOST_PIXELS, Math.min(MOST_PIXELS, pixels));
      const factor = Math.exp(-bounded * (event.ctrlKey ? PER_PINCH_PIXEL : PER_PIXEL));
      stage.viewport.value = zoomAt(stage.viewport.value, stage.screenPoint(event), factor);
    },
    { passive: false },
  );
}

/** With Shift a wheel that only turns one way moves the view sideways. @param {Stage} stage @param {WheelEvent} event */
function panBy(stage, event) {
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? PIXELS_PER_LINE : 1;
  const isTurned = event.shiftKey && !event.deltaX;
  const [dx, dy] = isTurned ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
  const { x, y, scale } = stage.viewport.value;
  stage.viewport.value = { x: x - dx * unit, y: y - dy * unit, scale };
}

/** Whether the wheel belongs to a text that is being edited and has more to show. @param {WheelEvent} event */
function scrollsItself(event) {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  const text = target.closest("textarea, pre");
  return text !== null && (text === document.activeElement || text.matches("pre")) && text.scrollHeight > text.clientHeight;
}
