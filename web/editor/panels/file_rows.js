// What lists of saved files share: saying what failed, and when a file was changed.
/** @import {Editor} from "../editor.js" */

/**
 * An action whose failure is said.
 * @param {Editor} editor
 * @param {() => Promise<void>} run
 */
export function guarded(editor, run) {
  return async () => {
    try {
      await run();
    } catch (error) {
      editor.notices.show(/** @type {Error} */ (error).message, "error");
    }
  };
}

/** @param {number} seconds @param {"short" | "medium"} timeStyle medium: to the second */
export function when(seconds, timeStyle = "short") {
  return new Date(seconds * 1000).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle });
}
