// Copying nodes to the clipboard as text, and pasting nodes or whole workflows from it.
import { openText } from "../document/opening.js";
import { copyNodes } from "../kernels/copying.js";
import { say } from "../texts/texts.js";
import { closest } from "../view/dom.js";
import { paste } from "./edit.js";
import { openInto } from "./file.js";
import { openWith } from "./open_with.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 */
export function attachClipboard(editor, stage) {
  document.addEventListener("copy", (event) => {
    if (!editor.selection.value.size || isText(event)) return;
    event.clipboardData?.setData("text/plain", copyNodes(editor.document.graph, editor.selection.value));
    event.preventDefault();
  });
  // A paste event does not tell of Shift: with it, what fed the originals feeds the pasted nodes too.
  let isLinked = false;
  document.addEventListener("keydown", (event) => {
    isLinked = event.shiftKey;
  }, true);
  document.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const [file] = event.clipboardData?.files ?? [];
    if (file && !isText(event)) {
      event.preventDefault();
      openInto(editor, file, async (picture) => (await import("./send.js")).addPicture(editor, stage, picture, middleOf(stage)));
      return;
    }
    if (!text || isText(event)) return;
    event.preventDefault();
    pasteText(editor, stage, text, isLinked);
  });
}

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {string} text
 * @param {boolean} isLinked
 */
function pasteText(editor, stage, text, isLinked) {
  if (paste(editor, text, stage.pointOf(middleOf(stage)), isLinked)) return;
  if (/^\S+$/.test(text) && text.startsWith(`${location.origin}/`)) {
    import("./addresses.js").then(({ openAddress }) => openAddress(editor, text));
    return;
  }
  openWith(editor, say("file.pasted"), () => openText(text, say("file.pasted-text"), editor.definitions.value));
}

/** @param {Stage} stage */
function middleOf({ screen }) {
  return { clientX: screen.w / 2, clientY: screen.h / 2 };
}

/** Whether the clipboard is meant for a text: one that is being edited, or one that is marked on the page. @param {Event} event */
function isText(event) {
  return closest(event, "input, textarea, [contenteditable]") !== null || Boolean(document.getSelection()?.toString());
}
