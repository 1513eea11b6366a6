// What all controls of a card share: the label beside the input, and the mark of a value that cannot be used.
import { wordsOf } from "../kernels/dynamic_inputs.js";
import { say } from "../texts/texts.js";
import { element, setAttribute } from "./dom.js";
/** @import {Widget} from "../kernels/schema.js" */

/** @type {Partial<Record<import("../kernels/schema.js").WidgetKind, import("../texts/texts.js").TextKey>>} */
const COMPANIONS = { control: "widget.after-queueing", filter: "widget.only-names-with" };
let counted = 0;

/** @param {Widget} widget */
export function widgetLabel(widget) {
  const companion = COMPANIONS[widget.kind];
  return companion ? say(companion) : (widget.options.label ?? wordsOf(widget.name));
}

/**
 * @param {Widget} widget
 * @param {HTMLElement} input
 * @param {...HTMLElement} extras
 */
export function labelled(widget, input, ...extras) {
  const name = widgetLabel(widget);
  // Said outright: what else the label shows (arrows, step buttons) is no part of the control's name.
  input.setAttribute("aria-label", name);
  const label = element("label", { class: `widget is-${widget.kind}` }, element("span", { class: "widget-name" }, name), input);
  label.append(...extras);
  return label;
}

/**
 * Show whether a control's value comes from a link, and why it cannot be used.
 * @param {HTMLElement & {disabled: boolean}} input
 * @param {boolean} isFed
 * @param {string} problem "" where it can be used
 */
export function mark(input, isFed, problem) {
  input.disabled = isFed;
  setAttribute(input, "aria-invalid", problem ? "true" : null);
  // An empty title would hide that of the row.
  setAttribute(input, "title", isFed ? say("widget.linked") : null);
  const row = input.closest(".widget");
  row?.classList.toggle("is-wrong", Boolean(problem));
  if (row) showReason(row, input, problem);
}

/** The reason hangs below the control while it has the pointer or the focus. @param {Element} row @param {HTMLElement} input @param {string} problem */
function showReason(row, input, problem) {
  const shown = row.querySelector(":scope > .widget-problem");
  if (!problem) {
    shown?.remove();
    input.removeAttribute("aria-describedby");
    return;
  }
  if (shown?.textContent === problem) return;
  shown?.remove();
  const id = `problem-${(counted += 1)}`;
  row.append(element("span", { class: "widget-problem", id }, problem));
  input.setAttribute("aria-describedby", id);
}
