// The control of a colour: the browser's own picker beside the value as written.
import { colourAsHex, fromHex } from "../kernels/colours.js";
import { say } from "../texts/texts.js";
import { element } from "./dom.js";
import { labelled, mark, widgetLabel } from "./widget_row.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Control, WidgetContext} from "./widgets.js" */

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
export function colourControl(widget, context) {
  const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false", class: "colour-text" });
  const picker = element("input", { type: "color", class: "colour-picker", tabindex: "-1", "aria-label": say("widget.pick-colour", { name: widgetLabel(widget) }) });
  picker.addEventListener("input", () => context.change(fromHex(picker.value, widget)));
  input.addEventListener("change", () => context.change(fromHex(input.value.trim(), widget)));
  let shown = /** @type {any} */ (undefined);
  return {
    element: labelled(widget, input, picker),
    show(value, isFed, problem) {
      const hex = colourAsHex(value);
      if (value !== shown) input.value = hex ?? String(value ?? "");
      shown = value;
      picker.value = hex ?? "#000000";
      picker.disabled = isFed;
      mark(input, isFed, problem);
    },
  };
}
