// The control of a choice: a native list that keeps a value which the server does not have.
import { element } from "./dom.js";
import { labelled, mark } from "./widget_row.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Control, WidgetContext} from "./widgets.js" */

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
export function choiceControl(widget, context) {
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
      mark(select, isFed, problem);
    },
  };
}
