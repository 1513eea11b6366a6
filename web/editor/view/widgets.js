// The controls of a card: one native input per widget, made once and then kept in step with the workflow.
import { say } from "../texts/texts.js";
import { choiceControl } from "./choice_control.js";
import { colourControl } from "./colour_control.js";
import { element } from "./dom.js";
import { markdownControl } from "./markdown_control.js";
import { numberControl } from "./number_control.js";
import { textAreaControl } from "./text_area_control.js";
import { labelled, mark, widgetLabel } from "./widget_row.js";
/** @import {Widget} from "../kernels/schema.js" */

/**
 * What a control needs from its card.
 * @typedef {object} WidgetContext
 * @property {string} nodeId
 * @property {(value: any, gesture?: string) => void} change all changes of one gesture, told by its key, are one step of the history
 * @property {(gesture: string) => boolean} takeBack whether that gesture was the last to change anything
 * @property {() => void} randomise sets a random value now
 * @property {() => void} useLast sets the value that the last run had, and keeps it
 * @property {boolean} hasPictures whether there may be pictures of what can be chosen
 * @property {() => Promise<(choice: any) => string | null>} pictures their addresses
 * @property {(kind: import("../kernels/completing.js").CompletedKind) => Promise<string[]>} namesOf the names that a prompt can say
 * @property {boolean} countsTokens whether it is a prompt's text, whose length is shown
 * @property {(text: string) => Promise<import("../kernels/prompt_texts.js").TokenCount | null>} countTokens
 * @property {(file: File) => void} upload
 * @property {() => Promise<string[]>} axes what a grid can sweep
 * @property {() => void} paint opens what the card's picture is painted with
 */

let lists = 0;

/** @typedef {{element: HTMLElement, show: (value: any, isFed: boolean, problem: string) => void}} Control */

/** @type {Record<string, (widget: Widget, context: WidgetContext) => Control>} */
const CONTROLS = {
  int: numberControl,
  float: numberControl,
  text: (widget, context) => textKind(widget)(widget, context),
  colour: colourControl,
  choice: choiceControl,
  control: choiceControl,
  toggle: toggleControl,
  filter: textControl,
  upload: uploadControl,
  paint: paintControl,
  button: buttonControl,
  element: elementControl,
};

/**
 * Make the control of a widget.
 * @param {Widget} widget
 * @param {WidgetContext} context
 * @returns {Control}
 */
export function makeControl(widget, context) {
  const control = CONTROLS[widget.kind](widget, context);
  if (widget.options.tooltip) control.element.title = widget.options.tooltip;
  return control;
}

/** @param {Widget} widget */
function textKind({ options }) {
  if (!options.multiline) return textControl;
  return options.markdown ? markdownControl : textAreaControl;
}

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
function textControl(widget, context) {
  const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false", placeholder: widget.options.placeholder ?? false });
  if (widget.options.suggests === "axes") suggest(input, context.axes);
  input.addEventListener("input", () => context.change(input.value));
  return {
    element: labelled(widget, input),
    show(value, isFed, problem) {
      if (input.value !== String(value ?? "")) input.value = String(value ?? "");
      mark(input, isFed, problem);
    },
  };
}

/** Offer what fits while somebody types; asked anew each time, for the workflow changes. @param {HTMLInputElement} input @param {() => Promise<string[]>} ask */
function suggest(input, ask) {
  input.addEventListener("focus", async () => {
    const names = await ask();
    const list = element("datalist", { id: `suggested-${(lists += 1)}` }, ...names.map((name) => element("option", { value: name })));
    input.list?.remove();
    input.after(list);
    input.setAttribute("list", list.id);
  });
}

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
function toggleControl(widget, context) {
  const input = element("input", { type: "checkbox", role: "switch" });
  input.addEventListener("change", () => context.change(input.checked));
  return {
    element: labelled(widget, input),
    show(value, isFed, problem) {
      input.checked = value === true || value === "true";
      mark(input, isFed, problem);
    },
  };
}

/** @param {Widget} _widget @param {WidgetContext} context @returns {Control} */
function uploadControl(_widget, context) {
  const input = element("input", { type: "file", accept: "image/*", hidden: true });
  const button = element("button", { type: "button", class: "upload", onclick: () => input.click() }, say("widget.choose-picture"));
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) context.upload(file);
    input.value = "";
  });
  return {
    element: element("div", { class: "widget is-upload" }, button, input),
    show(_value, isFed) {
      button.disabled = isFed;
    },
  };
}

/** A button that a pack's script added. @param {Widget} widget @returns {Control} */
function buttonControl(widget) {
  const button = element("button", { type: "button", class: "upload", onclick: () => widget.options.onPress?.() }, widgetLabel(widget));
  return { element: element("div", { class: "widget is-upload" }, button), show() {} };
}

/** An element that a pack's script added. @param {Widget} widget @returns {Control} */
function elementControl({ options }) {
  return { element: element("div", { class: "widget is-element" }, ...(options.element ? [options.element] : [])), show() {} };
}

/** @param {Widget} _widget @param {WidgetContext} context @returns {Control} */
function paintControl(_widget, context) {
  const button = element("button", { type: "button", class: "upload", onclick: () => context.paint() }, say("widget.paint"));
  return {
    element: element("div", { class: "widget is-upload" }, button),
    show(_value, isFed) {
      button.disabled = isFed;
    },
  };
}
