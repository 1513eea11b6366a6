// The space bar: while it is held, and with the hand, the pointer moves the view whatever it is on; a mere tap of it searches for a node.
import { closest } from "../view/dom.js";
/** @import {Stage} from "../view/stage.js" */

const OTHERS_SPACE = "input, textarea, select, button, summary, a, [contenteditable], [role=menuitem], [role=listbox]";

/**
 * @param {Stage} stage
 * @param {() => void} onTap
 * @returns {() => boolean} whether a press of the pointer is to move the view; asking makes the tap none
 */
export function attachSpacePan(stage, onTap) {
  let isHeld = false;
  let isTap = false;
  const release = () => {
    isHeld = false;
    stage.root.classList.remove("is-panning");
  };
  window.addEventListener("keydown", (event) => {
    const isPlain = event.key === " " && !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (isHeld && !isPlain) isTap = false;
    if (!isPlain || event.defaultPrevented || closest(event, OTHERS_SPACE) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    if (event.repeat) return;
    isHeld = isTap = true;
    stage.root.classList.add("is-panning");
  });
  window.addEventListener("keyup", (event) => {
    if (event.key !== " " || !isHeld) return;
    release();
    if (isTap) onTap();
  });
  window.addEventListener("blur", release);
  return () => {
    isTap = false;
    return isHeld || stage.isHand;
  };
}
