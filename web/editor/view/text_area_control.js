// The control of a multi-line text: prompts with their weighting keys, notes.
import { weigh } from "../kernels/weighting.js";
import { say } from "../texts/texts.js";
import { attachCompletions } from "./completions.js";
import { element } from "./dom.js";
import { tokenCount } from "./token_count.js";
import { mark, widgetLabel } from "./widget_row.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Control, WidgetContext} from "./widgets.js" */

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
export function textAreaControl(widget, context) {
  const name = widgetLabel(widget) || say("widget.note");
  const input = element("textarea", { "aria-label": name, placeholder: widget.options.placeholder ?? name, spellcheck: "false" });
  input.addEventListener("input", () => context.change(input.value));
  input.addEventListener("keydown", (event) => weighByKey(event, input));
  if (widget.name) attachCompletions(input, context.namesOf);
  const count = context.countsTokens ? tokenCount(widget, context.countTokens) : null;
  return {
    element: element("div", { class: `widget is-area${count ? " is-counted" : ""}` }, input, ...(count ? [count.element] : [])),
    show(value, isFed, problem) {
      count?.show(value, isFed);
      if (input.value !== String(value ?? "")) input.value = String(value ?? "");
      mark(input, isFed, problem);
    },
  };
}

/** Ctrl and an arrow change the weight of words; as typed text, so that undo knows it. @param {KeyboardEvent} event @param {HTMLTextAreaElement} input */
function weighByKey(event, input) {
  if (!(event.ctrlKey || event.metaKey) || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  const next = weigh(input.value, input.selectionStart, input.selectionEnd, event.key === "ArrowUp" ? 1 : -1);
  input.value = next.text;
  input.setSelectionRange(next.start, next.end);
  input.dispatchEvent(new Event("input"));
}
