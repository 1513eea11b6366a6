// The control of a Markdown note: shown as it reads, and as it is written while it is edited.
import { say } from "../texts/texts.js";
import { element } from "./dom.js";
import { textAreaControl } from "./text_area_control.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Control, WidgetContext} from "./widgets.js" */

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
export function markdownControl(widget, context) {
  const area = textAreaControl(widget, context);
  const input = /** @type {HTMLTextAreaElement} */ (area.element.querySelector("textarea"));
  const shown = element("div", { class: "markdown", tabindex: "0", role: "document", "aria-label": say("note.shown"), title: say("note.edit") });
  area.element.append(shown);
  let written = /** @type {string | null} */ (null);
  const turn = (/** @type {boolean} */ isEdited) => {
    input.hidden = !isEdited;
    shown.hidden = isEdited;
    if (isEdited) input.focus();
  };
  shown.addEventListener("dblclick", () => turn(true));
  shown.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== shown) return;
    event.preventDefault();
    turn(true);
  });
  input.addEventListener("blur", () => turn(false));
  turn(false);
  return {
    element: area.element,
    async show(value, isFed, problem) {
      area.show(value, isFed, problem);
      if (written === String(value ?? "")) return;
      written = String(value ?? "");
      const { markdownNodes } = await import("./markdown.js");
      shown.replaceChildren(...(written.trim() ? markdownNodes(written) : [element("p", { class: "markdown-empty" }, say("note.edit"))]));
    },
  };
}
