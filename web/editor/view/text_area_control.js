// The control of a multi-line text: prompts with their weighting keys, notes.
import { weigh } from "../kernels/weighting.js";
import { say } from "../texts/texts.js";
import { attachCompletions } from "./completions.js";
import { element } from "./dom.js";
import { tokenCount } from "./token_count.js";
import { mark, widgetLabel } from "./widget_row.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Control, WidgetContext} from "./widgets.js" */

/** What a field that a pack's script has made does for the card that shows it now. @type {WeakMap<HTMLTextAreaElement, WidgetContext>} */
const shownIn = new WeakMap();

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
export function textAreaControl(widget, context) {
  const input = fieldOf(widget, context);
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

/** @param {Widget} widget @param {WidgetContext} context @returns {HTMLTextAreaElement} */
function fieldOf(widget, context) {
  const { name, options } = widget;
  const label = widgetLabel(widget) || say("widget.note");
  const input = options.field ?? element("textarea");
  const isNew = !shownIn.has(input);
  shownIn.set(input, context);
  if (!isNew) return input;
  input.ariaLabel = label;
  input.placeholder ||= options.placeholder ?? label;
  input.spellcheck = false;
  input.addEventListener("input", () => shownIn.get(input)?.change(input.value));
  input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => weighByKey(event, input));
  if (name) attachCompletions(input, context.namesOf);
  return input;
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
