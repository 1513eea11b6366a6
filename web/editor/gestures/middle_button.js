// The middle button pans: what browsers do with it else must not happen along with that.
import { closest } from "../view/dom.js";

/**
 * On Windows a press would begin to scroll. On Linux a release would paste what was marked last: into the prompt that has the
 * focus, or as a workflow. Only the mouse's own events keep that away, and they come only where the pointer's were let through.
 */
export function keepMiddleButton() {
  for (const type of /** @type {const} */ (["mousedown", "mouseup"])) {
    document.addEventListener(type, (event) => {
      if (event.button === 1 && !closest(event, "input, textarea, [contenteditable]")) event.preventDefault();
    });
  }
}
