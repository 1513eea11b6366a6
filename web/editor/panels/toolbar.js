// The bars at the edges: menu, undo and redo, what the queue does; the open workflows below; the zoom.
import { say, sayOr } from "../texts/texts.js";
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
 * @param {HTMLElement[]} menus
 * @param {HTMLElement} tabBar
 */
export function makeToolbar(root, editor, stage, commands, menus, tabBar) {
  const undo = commandButton(commands, "undo", "↶");
  const redo = commandButton(commands, "redo", "↷");
  const queueBar = makeQueueBar(editor, commands);
  const zoom = element("output", { class: "zoom-level", "aria-label": say("page.zoom") });
  root.append(
    element(
      "header",
      { class: "toolbar" },
      element("span", { class: "brand" }, TITLE),
      ...menus,
      element("span", { class: "tool-group" }, undo, redo),
      element("span", { class: "spacer" }),
      ...queueBar,
    ),
    tabBar,
    element(
      "aside",
      { class: "zoom-box", "aria-label": say("page.view") },
      commandButton(commands, "zoom-out", "−"),
      zoom,
      commandButton(commands, "zoom-in", "+"),
      commandButton(commands, "fit-all", say("page.fit"), "tool is-word"),
    ),
  );
  const showDocument = () => {
    undo.disabled = !editor.document.history.canUndo;
    redo.disabled = !editor.document.history.canRedo;
    undo.title = buttonTitle(commands, "undo", stepName(editor.document.history.undoLabel));
    redo.title = buttonTitle(commands, "redo", stepName(editor.document.history.redoLabel));
  };
  editor.document.current.subscribe(showDocument);
  editor.tabs.active.subscribe(showDocument);
  stage.viewport.subscribe(({ scale }) => {
    const words = `${Math.round(scale * 100)} %`;
    if (zoom.textContent !== words) zoom.textContent = words;
  });
  showDocument();
}

/** What a step of the history is called; the workflow's history itself speaks English. @param {string} label */
function stepName(label) {
  const [verb, ...rest] = label.split(" ");
  return sayOr(`history.${label}`, rest.length ? `${sayOr(`history.${verb}`, verb)} ${rest.join(" ")}` : label);
}
