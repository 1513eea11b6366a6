// The control of a choice: a native select that keeps a value which the server does not have.
// Where there is much to choose from, or pictures, it opens a list with a filter instead of its own.
import { element } from "./dom.js";
import { holdingKeys } from "./held_keys.js";
import { labelled, mark, widgetLabel } from "./widget_row.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Control, WidgetContext} from "./widgets.js" */

const LONG = 10;
const OPENING_KEYS = ["Enter", " ", "F4"];

/** @param {Widget} widget @param {WidgetContext} context @returns {Control} */
export function choiceControl(widget, context) {
  const select = element("select", {}, ...widget.choices.map((choice) => element("option", { value: String(choice) }, String(choice))));
  select.addEventListener("change", () => context.change(widget.choices[select.selectedIndex - strangers()] ?? select.value));
  /** @type {HTMLOptionElement | null} */
  let stranger = null;
  const strangers = () => (stranger ? 1 : 0);
  if (widget.choices.length > LONG || context.hasPictures) openListInstead(select, widget, context);
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

/** @param {HTMLSelectElement} select @param {Widget} widget @param {WidgetContext} context */
function openListInstead(select, widget, context) {
  const open = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const { openChoiceList } = await holdingKeys(import("./choice_list.js"));
    const chosen = widget.choices.find((choice) => String(choice) === select.value);
    openChoiceList({ anchor: select, name: widgetLabel(widget), choices: widget.choices, chosen, take: context.change, pictures: context.pictures() });
  };
  select.addEventListener("mousedown", (event) => event.button === 0 && open(event));
  select.addEventListener("keydown", (event) => {
    const isArrow = event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp");
    if ((OPENING_KEYS.includes(event.key) && !event.ctrlKey && !event.metaKey) || isArrow) open(event);
  });
}
