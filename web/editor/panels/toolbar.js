// The bar at the top: menu, the workflow's name, what the queue does, Cancel and Queue.
import { say } from "../texts/texts.js";
import { buttonTitle, commandButton } from "./command_button.js";
import { makeQueueBar } from "./queue_bar.js";
import { element } from "../view/dom.js";
/** @import {Commands} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

const TITLE = "Skein";

/**
 * @param {HTMLElement} root
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {Commands} commands
 * @param {HTMLElement} menu
 */
export function makeToolbar(root, editor, stage, commands, menu) {
  const name = element("input", { class: "workflow-name", "aria-label": "Workflow name", spellcheck: "false", autocomplete: "off" });
  const modified = element("span", { class: "modified", title: say("page.changed-since"), "aria-label": say("page.changed"), hidden: true }, "•");
  const undo = commandButton(commands, "undo", "↶");
  const redo = commandButton(commands, "redo", "↷");
  const queueBar = makeQueueBar(editor, commands);
  const zoom = element("output", { class: "zoom-level", "aria-label": say("page.zoom") });
  root.append(
    element(
      "header",
      { class: "toolbar" },
      menu,
      element("span", { class: "brand" }, TITLE),
      name,
      modified,
      element("span", { class: "tool-group" }, undo, redo),
      element("span", { class: "spacer" }),
      ...queueBar,
    ),
    element(
      "aside",
      { class: "zoom-box", "aria-label": say("page.view") },
      commandButton(commands, "zoom-out", "−"),
      zoom,
      commandButton(commands, "zoom-in", "+"),
      commandButton(commands, "fit", say("page.fit"), "tool is-word"),
    ),
  );
  name.addEventListener("change", () => {
    editor.document.name.value = name.value.trim() || say("page.untitled");
  });

  const showDocument = () => {
    name.value = editor.document.name.value;
    name.size = Math.max(8, name.value.length);
    undo.disabled = !editor.document.history.canUndo;
    redo.disabled = !editor.document.history.canRedo;
    undo.title = buttonTitle(commands, "undo", editor.document.history.undoLabel);
    redo.title = buttonTitle(commands, "redo", editor.document.history.redoLabel);
  };
  editor.document.current.subscribe(showDocument);
  editor.document.modified.subscribe((isModified) => {
    modified.hidden = !isModified;
  });
  editor.document.name.subscribe(showDocument);
  stage.viewport.subscribe(({ scale }) => {
    const words = `${Math.round(scale * 100)} %`;
    if (zoom.textContent !== words) zoom.textContent = words;
  });
  showDocument();
}
