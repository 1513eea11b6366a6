// Copying and cutting nodes to the clipboard as text, and pasting nodes or whole workflows from it where the pointer is.
import { openText } from "../document/opening.js";
import { say } from "../texts/texts.js";
import { closest } from "../view/dom.js";
import { copySelected, deleteSelected, paste } from "./edit.js";
import { openInto } from "./file.js";
import { openWith } from "./open_with.js";
import { takePicture } from "./widgets.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Command} from "./registry.js" */

const FIELDS = "input:not([type=checkbox]), textarea, [contenteditable]";

/** What was copied on this page last, for browsers that do not let it read the clipboard. */
let copied = "";

/** @param {Editor} editor @param {Stage} stage @returns {Command[]} */
export function clipboardCommands(editor, stage) {
  const isAnySelected = () => hasSomething(editor);
  const copy = () => void document.execCommand("copy");
  const pasteRead = async (/** @type {boolean} */ isLinked) => {
    const read = await navigator.clipboard?.readText().catch(() => undefined);
    const text = read ?? copied;
    if (text) pasteText(editor, stage, text, isLinked);
    else editor.notices.show(say("edit.no-clipboard"), "info");
  };
  return [
    { id: "cut", section: "Edit", keys: ["Ctrl+X"], browserKeys: ["Ctrl+X"], enabled: isAnySelected, run: () => (copy(), deleteSelected(editor)) },
    { id: "copy", section: "Edit", keys: ["Ctrl+C"], browserKeys: ["Ctrl+C"], enabled: isAnySelected, run: copy },
    { id: "paste", section: "Edit", keys: ["Ctrl+V"], browserKeys: ["Ctrl+V"], run: () => pasteRead(false) },
    { id: "paste-linked", section: "Edit", keys: ["Ctrl+Shift+V"], browserKeys: ["Ctrl+Shift+V"], run: () => pasteRead(true) },
  ];
}

/** Whether there is something to copy. @param {Editor} editor */
function hasSomething({ selection, selectedGroup }) {
  return selection.value.size > 0 || selectedGroup.value !== null;
}

/**
 * @param {Editor} editor
 * @param {Stage} stage
 */
export function attachClipboard(editor, stage) {
  const take = (/** @type {ClipboardEvent} */ event) => {
    if (!hasSomething(editor) || isText(event)) return false;
    copied = copySelected(editor, stage);
    event.clipboardData?.setData("text/plain", copied);
    event.preventDefault();
    return true;
  };
  document.addEventListener("copy", take);
  document.addEventListener("cut", (event) => !isBehindDialog() && take(event) && deleteSelected(editor));
  // A paste event does not tell of Shift: with it, what fed the originals feeds the pasted nodes too.
  let isLinked = false;
  document.addEventListener("keydown", (event) => {
    isLinked = event.shiftKey;
  }, true);
  document.addEventListener("paste", (event) => {
    if (isText(event) || isBehindDialog()) return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const [file] = event.clipboardData?.files ?? [];
    if (file) {
      event.preventDefault();
      const [id, ...others] = editor.selection.value;
      if (id !== undefined && !others.length && takePicture(editor, id, file)) return;
      openInto(editor, file, async (picture) => (await import("./send.js")).addPicture(editor, stage, picture, placeOn(stage)));
      return;
    }
    if (!text) return;
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
  if (paste(editor, text, stage.pointOf(placeOn(stage)), isLinked)) return stage.takeFocus(editor.selection.value);
  if (/^\S+$/.test(text) && text.startsWith(`${location.origin}/`)) {
    import("./addresses.js").then(({ openAddress }) => openAddress(editor, text));
    return;
  }
  openWith(editor, say("file.pasted"), () => openText(text, say("file.pasted-text"), editor.definitions.value));
}

/** Where the pointer is, the middle of the view where it is not on the canvas. @param {Stage} stage */
function placeOn({ pointer, screen }) {
  return pointer ?? { clientX: screen.w / 2, clientY: screen.h / 2 };
}

/** Whether the clipboard is meant for a text: one that is being edited, or one that is marked on the page. @param {Event} event */
function isText(event) {
  // What was marked in a field that is left stays marked, and says nothing any more; of the page's own selection it is no part.
  const selection = document.getSelection();
  return Boolean(closest(event, FIELDS)?.contains(document.activeElement)) || Boolean(selection && !selection.isCollapsed && selection.toString());
}

/** While a window lies over the cards, nothing happens to them behind it. */
function isBehindDialog() {
  return document.querySelector("dialog[open]") !== null;
}
