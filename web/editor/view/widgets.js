// The controls of a card: one native input per widget, made once and then kept in step with the workflow.
import { parseNumber, stepNumber } from "../kernels/numbers.js";
import { say } from "../texts/texts.js";
import { weigh } from "../kernels/weighting.js";
import { dragNumber } from "./drag_number.js";
import { element, setAttribute } from "./dom.js";
/** @import {Widget} from "../kernels/schema.js" */

/**
 * What a control needs from its card.
 * @typedef {object} WidgetContext
 * @property {string} nodeId
 * @property {(value: any) => void} change
 * @property {() => void} randomise sets a random value now
 * @property {(file: File) => void} upload
 * @property {() => void} paint opens what the card's picture is painted with
 */

/** @typedef {{element: HTMLElement, show: (value: any, isFed: boolean, problem: string) => void}} Control */

/** @type {Record<string, (widget: Widget, context: WidgetContext) => Control>} */
const CONTROLS = {
  int: numberControl,
  float: numberControl,
  text: (widget, context) => (widget.options.multiline ? textAreaControl(widget, context) : textControl(widget, context)),
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
  return CONTROLS[widget.kind](widget, context);
}

/** @param {Widget} widget */
export function widgetLabel(widget) {
  if (widget.kind === "control") return "after queueing";
  if (widget.kind === "filter") return "only names with";
  return widget.options.label ?? widget.name.replaceAll("_", " ");
}

/**
 * @param {Widget} widget
 * @param {HTMLElement} input
 * @param {...HTMLElement} extras
 */
function labelled(widget, input, ...extras) {
  const name = widgetLabel(widget);
  // Said outright: what else the label shows (arrows, step buttons) is no part of the control's name.
  input.setAttribute("aria-label", name);
  const label = element("label", { class: `widget is-${widget.kind}` }, element("span", { class: "widget-name" }, name), input);
  label.append(...extras);
  if (widget.options.tooltip) label.title = widget.options.tooltip;
  return label;
}

/**
 * @param {HTMLElement & {disabled: boolean}} input
 * @param {boolean} isFed
 * @param {string} problem
 */
function mark(input, isFed, problem) {
  input.disabled = isFed;
  setAttribute(input, "aria-invalid", problem ? "true" : null);
  input.closest(".widget")?.classList.toggle("is-wrong", Boolean(problem));
  input.title = problem || (isFed ? say("widget.linked") : "");
}

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
function numberControl(widget, context) {
  const input = element("input", {
    type: "text",
    inputmode: widget.kind === "int" ? "numeric" : "decimal",
    role: "spinbutton",
    autocomplete: "off",
    spellcheck: "false",
    "aria-valuemin": widget.options.min,
    "aria-valuemax": widget.options.max,
  });
  let shown = /** @type {any} */ (undefined);
  const step = (/** @type {number} */ direction, /** @type {boolean} */ isLarge) =>
    context.change(stepNumber(shown, direction * (isLarge ? 10 : 1), widget));
  const commit = () => {
    const { value, problem } = parseNumber(input.value, widget);
    if (!problem) context.change(value);
    mark(input, false, problem);
  };
  input.addEventListener("input", commit);
  input.addEventListener("change", () => {
    commit();
    input.value = String(shown);
    mark(input, false, "");
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    step(event.key === "ArrowUp" ? 1 : -1, event.shiftKey);
  });
  dragNumber(input, (steps) => context.change(stepNumber(shown, steps, widget)));
  const buttons = [stepButton("−", "less", widget, () => step(-1, false)), stepButton("+", "more", widget, () => step(1, false))];
  const isSeed = widget.name.includes("seed");
  if (isSeed) buttons.splice(0, 2, stepButton("⚄", "random value for", widget, context.randomise));
  return {
    element: labelled(widget, input, ...buttons),
    show(value, isFed, problem) {
      shown = value;
      const typed = document.activeElement === input ? parseNumber(input.value, widget) : null;
      if (!typed || typed.problem || typed.value !== value) {
        if (!typed?.problem) input.value = String(value);
      }
      setAttribute(input, "aria-valuenow", String(value));
      mark(input, isFed, problem);
      for (const button of buttons) button.disabled = isFed;
    },
  };
}

/**
 * @param {string} sign
 * @param {string} verb
 * @param {Widget} widget
 * @param {() => void} run
 */
function stepButton(sign, verb, widget, run) {
  const button = element("button", { type: "button", class: "step", tabindex: "-1", "aria-label": `${verb} ${widgetLabel(widget)}` }, sign);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    run();
  });
  return button;
}

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
function textControl(widget, context) {
  const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", () => context.change(input.value));
  return {
    element: labelled(widget, input),
    show(value, isFed, problem) {
      if (input.value !== String(value ?? "")) input.value = String(value ?? "");
      mark(input, isFed, problem);
    },
  };
}

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
function textAreaControl(widget, context) {
  const name = widgetLabel(widget) || "note";
  const input = element("textarea", { "aria-label": name, placeholder: widget.options.placeholder ?? name, spellcheck: "false" });
  input.addEventListener("input", () => context.change(input.value));
  input.addEventListener("keydown", (event) => weighByKey(event, input));
  return {
    element: element("div", { class: "widget is-area" }, input),
    show(value, isFed, problem) {
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

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
function choiceControl(widget, context) {
  const select = element("select", {}, ...widget.choices.map((choice) => element("option", { value: String(choice) }, String(choice))));
  select.addEventListener("change", () => context.change(widget.choices[select.selectedIndex - strangers()] ?? select.value));
  /** @type {HTMLOptionElement | null} */
  let stranger = null;
  const strangers = () => (stranger ? 1 : 0);
  return {
    element: labelled(widget, select),
    show(value, isFed, problem) {
      const index = widget.choices.findIndex((choice) => String(choice) === String(value));
      stranger?.remove();
      stranger = null;
      if (index < 0) {
        stranger = element("option", { value: String(value ?? "") }, String(value ?? "none"));
        select.prepend(stranger);
      }
      select.selectedIndex = Math.max(index, 0);
      mark(select, isFed, problem || (index < 0 ? missingChoice(value) : ""));
    },
  };
}

/** @param {any} value */
function missingChoice(value) {
  return value === undefined || value === "" ? say("widget.nothing-to-choose") : say("widget.not-here", { value: String(value) });
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
function elementControl(widget) {
  return { element: element("div", { class: "widget is-element" }, widget.options.element), show() {} };
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
