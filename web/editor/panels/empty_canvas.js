// What stands on a canvas without nodes: how to begin.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { commandButton } from "./command_button.js";
/** @import {Commands} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */

const BEGINNINGS = ["add-node", "templates", "open", "open-default"];

/** Show it whenever the shown graph has no nodes. @param {HTMLElement} root @param {Editor} editor @param {Commands} commands */
export function makeEmptyCanvas(root, editor, commands) {
  const buttons = BEGINNINGS.map((id) => commandButton(commands, id, commands.get(id).label, "button"));
  const box = element("section", { class: "beginning", "aria-label": say("canvas.empty") }, element("p", {}, say("canvas.empty")), element("p", { class: "beginning-hint" }, say("canvas.empty-hint")), element("div", { class: "beginning-ways" }, ...buttons));
  const show = () => {
    box.hidden = editor.document.graph.nodes.length > 0;
  };
  editor.document.current.subscribe(show);
  editor.document.scope.subscribe(show);
  root.append(box);
  show();
}
