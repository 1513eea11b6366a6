// Dragging a number sideways changes it by steps, and Escape takes them back; a press without a drag puts the cursor into the
// field, where dragging marks text until Enter has taken what was typed. A finger that moves moves the view: it changes nothing.
import { gestureKey } from "../document/history.js";

const PIXELS_PER_STEP = 6;
const CLICK_PIXELS = 3;
const TAP_PIXELS = 8;

/**
 * @param {HTMLInputElement} input
 * @param {(steps: number, gesture: string) => void} change
 * @param {(gesture: string) => void} takeBack
 */
export function dragNumber(input, change, takeBack) {
  let isTyping = false;
  const typing = (/** @type {boolean} */ is) => () => (isTyping = is);
  input.addEventListener("focus", typing(true));
  input.addEventListener("input", typing(true));
  input.addEventListener("blur", typing(false));
  input.addEventListener("keydown", ({ key }) => key === "Enter" && typing(false)());
  // The browser would mark text instead of telling of the drag; the cursor comes at the release.
  input.addEventListener("mousedown", (event) => {
    if (event.button === 0 && !isTyping) event.preventDefault();
  });
  input.addEventListener("pointerdown", (down) => {
    if (down.button !== 0 || input.disabled || isTyping) return;
    let [at, isDrag] = [down.clientX, false];
    const isFinger = down.pointerType === "touch";
    const gesture = gestureKey("drag", down.timeStamp);
    const onMove = (/** @type {PointerEvent} */ event) => {
      const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
      isDrag ||= isFinger ? Math.hypot(x, y) > TAP_PIXELS : Math.abs(x) > CLICK_PIXELS;
      const steps = isDrag && !isFinger ? Math.trunc((event.clientX - at) / PIXELS_PER_STEP) : 0;
      if (!steps) return;
      at += steps * PIXELS_PER_STEP;
      change(steps * (event.shiftKey ? 10 : 1), gesture);
    };
    const end = () => {
      listening.abort();
      input.classList.remove("is-dragged");
    };
    const stop = () => {
      end();
      if (isDrag) return;
      isTyping = true;
      input.focus();
      input.select();
    };
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      end();
      takeBack(gesture);
    };
    const listening = new AbortController();
    input.classList.add("is-dragged");
    window.addEventListener("pointermove", onMove, { signal: listening.signal });
    window.addEventListener("pointerup", stop, { signal: listening.signal });
    window.addEventListener("pointercancel", isFinger ? end : stop, { signal: listening.signal });
    // A finger that rested has opened the menu, which keeps the focus.
    window.addEventListener("contextmenu", end, { signal: listening.signal, capture: true });
    window.addEventListener("keydown", onKey, { signal: listening.signal, capture: true });
  });
}
