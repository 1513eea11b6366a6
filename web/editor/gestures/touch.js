// Fingers and pens: two fingers move and zoom the view, a long press opens the context menu.
import { pinch } from "../kernels/geometry.js";
/** @import {Point, Viewport} from "../kernels/geometry.js" */
/** @import {Stage} from "../view/stage.js" */

const LONG_PRESS_MS = 550;
const STILL_PIXELS = 10;

/**
 * @param {Stage} stage
 * @param {() => void} cancelGesture ends the gesture that the first finger began
 */
export function attachTouch(stage, cancelGesture) {
  /** @type {Map<number, Point>} */
  const fingers = new Map();
  /** @type {{view: Viewport, from: Point[], ids: number[]} | null} */
  let start = null;
  let pressing = 0;
  let pressedAt = 0;
  let isTap = false;
  const release = (/** @type {PointerEvent} */ event) => {
    clearTimeout(pressing);
    isTap = event.pointerType === "touch" && event.timeStamp - pressedAt < LONG_PRESS_MS / 2;
    fingers.delete(event.pointerId);
    if (start?.ids.includes(event.pointerId)) start = null;
  };
  stage.root.addEventListener("pointerdown", (event) => {
    [pressedAt, isTap] = [event.timeStamp, false];
    if (event.pointerType === "mouse") return;
    clearTimeout(pressing);
    if (event.pointerType === "touch") fingers.set(event.pointerId, stage.screenPoint(event));
    if (fingers.size < 2) {
      pressing = window.setTimeout(() => openMenuAt(event, cancelGesture), LONG_PRESS_MS);
      watchStillness(event, () => clearTimeout(pressing));
      return;
    }
    event.stopImmediatePropagation();
    event.preventDefault();
    cancelGesture();
    if (fingers.size === 2) start = { view: stage.viewport.value, from: [...fingers.values()], ids: [...fingers.keys()] };
  }, { capture: true });
  window.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, stage.screenPoint(event));
    if (!start) return;
    const to = start.ids.map((id) => /** @type {Point} */ (fingers.get(id)));
    stage.viewport.value = pinch(start.view, start.from, to);
  });
  window.addEventListener("keydown", () => (isTap = false), { capture: true });
  window.addEventListener("pointerup", release);
  window.addEventListener("pointercancel", release);
  stage.root.addEventListener("contextmenu", (event) => {
    // Chromium sends one after a tap on marked text, as a number is after it was tapped.
    if (isTap && event.isTrusted) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    // A browser that knows long presses was first.
    if (event.isTrusted) clearTimeout(pressing);
    if (event.isTrusted && fingers.size) cancelGesture();
  }, { capture: true });
}

/** @param {PointerEvent} down @param {() => void} cancelGesture */
function openMenuAt(down, cancelGesture) {
  cancelGesture();
  const { clientX, clientY, pointerId, pointerType } = down;
  down.target?.dispatchEvent(new PointerEvent("contextmenu", { bubbles: true, cancelable: true, clientX, clientY, pointerId, pointerType }));
}

/** @param {PointerEvent} down @param {() => void} onMoved once the pointer has left its place */
function watchStillness(down, onMoved) {
  const listening = new AbortController();
  window.addEventListener("pointermove", (event) => {
    if (event.pointerId !== down.pointerId || Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < STILL_PIXELS) return;
    listening.abort();
    onMoved();
  }, { signal: listening.signal });
  for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, () => listening.abort(), { signal: listening.signal });
}
