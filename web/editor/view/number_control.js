// The control of a number: typed sums, arrow keys, dragging, step buttons, and the dice of a seed.
import { gestureKey } from "../document/history.js";
import { numberText, parseNumber, stepNumber } from "../kernels/numbers.js";
import { isSeed } from "../kernels/seeds.js";
import { say } from "../texts/texts.js";
import { dragNumber } from "./drag_number.js";
import { element, setAttribute } from "./dom.js";
import { labelled, mark, widgetLabel } from "./widget_row.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Control, WidgetContext} from "./widgets.js" */

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
export function numberControl(widget, context) {
  const input = numberInput(widget);
  let shown = /** @type {any} */ (undefined);
  // What it was when the typing began, which Escape brings back.
  let typing = { gesture: "", before: shown };
  const begin = () => (typing = { gesture: gestureKey("typing", performance.now()), before: shown });
  const step = (/** @type {number} */ steps, /** @type {string} */ gesture = "") => context.change(stepNumber(shown, steps, widget), gesture);
  // While typing only what can be used is taken; on leaving everything is, and stays marked until it is mended.
  const take = (/** @type {boolean} */ isDone) => {
    const { value, problem } = parseNumber(input.value, widget);
    if (!problem || isDone) {
      // It comes back with the next frame, when more may be typed: what the field itself has given does not rewrite it.
      shown = value;
      context.change(value, typing.gesture);
    }
    if (isDone) input.value = numberText(value);
    if (isDone) begin();
    mark(input, false, problem);
  };
  const takeBack = (/** @type {string} */ gesture, /** @type {any} */ before) => {
    if (!context.takeBack(gesture) && before !== shown) context.change(before);
    shown = before;
    input.value = String(before);
  };
  input.addEventListener("input", () => take(false));
  input.addEventListener("change", () => take(true));
  input.addEventListener("focus", begin);
  for (const event of ["focus", "dblclick"]) input.addEventListener(event, () => input.select());
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") takeBack(typing.gesture, typing.before);
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    step((event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1));
  });
  dragNumber(input, step, (gesture) => context.takeBack(gesture));
  const buttons = isSeed(widget) ? seedButtons(widget, context) : stepButtons(widget, step);
  const row = labelled(widget, input, ...buttons);
  row.classList.toggle("is-seed", isSeed(widget));
  return {
    element: row,
    show(value, isFed, problem) {
      const typed = document.activeElement === input ? parseNumber(input.value, widget) : null;
      const keepsTyped = typed && (typed.value === value || (typed.problem && value === shown));
      // What else has changed it is not to be taken back.
      if (shown !== value) typing.before = value;
      shown = value;
      if (!keepsTyped) input.value = numberText(value);
      setAttribute(input, "aria-valuenow", numberText(value));
      mark(input, isFed, (keepsTyped && typed.problem) || problem);
      for (const button of buttons) button.disabled = isFed;
    },
  };
}

/** @param {Widget} widget */
function numberInput({ kind, options }) {
  return element("input", {
    type: "text",
    inputmode: kind === "int" ? "numeric" : "decimal",
    role: "spinbutton",
    autocomplete: "off",
    spellcheck: "false",
    "aria-valuemin": options.min,
    "aria-valuemax": options.max,
  });
}

/** @param {Widget} widget @param {WidgetContext} context */
function seedButtons(widget, context) {
  const name = widgetLabel(widget);
  return [
    stepButton("↺", say("widget.last", { name }), context.useLast, "is-seed"),
    stepButton("⚄", say("widget.random", { name }), context.randomise, "is-seed"),
  ];
}

/** @param {Widget} widget @param {(steps: number) => void} step */
function stepButtons(widget, step) {
  const name = widgetLabel(widget);
  return [stepButton("−", say("widget.less", { name }), () => step(-1)), stepButton("+", say("widget.more", { name }), () => step(1))];
}

/**
 * @param {string} sign
 * @param {string} label
 * @param {() => void} run
 * @param {string} [look]
 */
function stepButton(sign, label, run, look = "") {
  const button = element("button", { type: "button", class: `step ${look}`, tabindex: "-1", "aria-label": label, title: label }, sign);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    run();
  });
  return button;
}
