// The tools of the mask's editor and of painting: which one, how large, how hard, how opaque; and their keys.
import { Observable } from "../document/observable.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { toolSign } from "../view/tool_signs.js";
/** @import {Brush, Tool} from "../gestures/paint.js" */

const KEYS = /** @type {Record<string, Tool>} */ ({ b: "brush", e: "eraser", l: "line", r: "rectangle", o: "lasso", g: "fill", i: "picker" });
const SIZES = { least: 1, most: 512, step: 1.25 };

/**
 * @param {Tool[]} tools
 * @returns {{brush: Observable<Brush>, element: HTMLElement, onKey: (event: KeyboardEvent) => boolean}}
 */
export function makeTools(tools) {
  const brush = new Observable(/** @type {Brush} */ ({ tool: tools[0], size: 32, hardness: 0.8, opacity: 1 }));
  const buttons = tools.map((tool) => toolButton(brush, tool));
  const size = slider(say("paint.size"), SIZES.least, SIZES.most, 1, brush.value.size, (value) => (brush.value = { ...brush.value, size: value }));
  const hardness = slider(say("paint.hardness"), 0, 100, 1, 100 * brush.value.hardness, (value) => (brush.value = { ...brush.value, hardness: value / 100 }));
  const opacity = slider(say("paint.opacity"), 1, 100, 1, 100 * brush.value.opacity, (value) => (brush.value = { ...brush.value, opacity: value / 100 }));
  brush.subscribe(({ tool, size: value }) => {
    for (const button of buttons) button.setAttribute("aria-checked", String(button.dataset.tool === tool));
    size.set(value);
  });
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const tool = KEYS[event.key.toLowerCase()];
    if (tool && tools.includes(tool) && !event.ctrlKey && !event.metaKey && !event.altKey) brush.value = { ...brush.value, tool };
    else if (event.key === "[" || event.key === "]") brush.value = { ...brush.value, size: nextSize(brush.value.size, event.key === "]") };
    else return false;
    return true;
  };
  const group = element("div", { class: "paint-tools", role: "radiogroup", "aria-label": say("paint.tools") }, ...buttons);
  return { brush, element: element("div", { class: "paint-side" }, group, size.label, hardness.label, opacity.label), onKey };
}

/**
 * A labelled slider with its number beside it, which can be typed.
 * @param {string} name
 * @param {number} least
 * @param {number} most
 * @param {number} step
 * @param {number} value
 * @param {(value: number) => void} onChange
 */
export function slider(name, least, most, step, value, onChange) {
  const input = element("input", { type: "range", min: String(least), max: String(most), step: String(step), value: String(value), "aria-label": name });
  const number = element("input", { type: "number", min: String(least), max: String(most), step: String(step), value: String(value), "aria-label": say("paint.number", { name }) });
  const set = (/** @type {number} */ next) => (input.value = number.value = String(next));
  input.addEventListener("input", () => {
    number.value = input.value;
    onChange(Number(input.value));
  });
  number.addEventListener("change", () => {
    // The slider holds what is typed within its range.
    if (number.value) input.value = number.value;
    number.value = input.value;
    onChange(Number(input.value));
  });
  return { set, label: element("div", { class: "paint-slider" }, element("span", {}, name), input, number) };
}

/** @param {Observable<Brush>} brush @param {Tool} tool */
function toolButton(brush, tool) {
  const key = Object.entries(KEYS).find(([, name]) => name === tool)?.[0].toUpperCase();
  const name = say(/** @type {any} */ (`paint.tool-${tool}`));
  const choose = () => (brush.value = { ...brush.value, tool });
  return element(
    "button",
    { type: "button", class: "tool", role: "radio", "aria-checked": String(brush.value.tool === tool), "data-tool": tool, "aria-label": name, title: `${name} (${key})`, onclick: choose },
    toolSign(tool),
  );
}

/** @param {number} size @param {boolean} isLarger */
function nextSize(size, isLarger) {
  const next = isLarger ? Math.max(size * SIZES.step, size + 1) : Math.min(size / SIZES.step, size - 1);
  return Math.round(Math.min(Math.max(next, SIZES.least), SIZES.most));
}
