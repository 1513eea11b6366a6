// The names that a prompt's text can be completed with, below its field: arrows walk, Enter or Tab takes, Escape closes.
import { canBeSaid, complete, completionAt } from "../kernels/completing.js";
import { searchChoices } from "../kernels/choice_search.js";
import { say } from "../texts/texts.js";
import { element } from "./dom.js";
/** @import {CompletedKind} from "../kernels/completing.js" */

const MOST_SHOWN = 12;
let counted = 0;

/**
 * @param {HTMLTextAreaElement} input
 * @param {(kind: CompletedKind) => Promise<string[]>} namesOf
 */
export function attachCompletions(input, namesOf) {
  const id = `completions-${(counted += 1)}`;
  const list = element("ul", { class: "completions", id, role: "listbox", "aria-label": say("complete.names"), hidden: true });
  let active = 0;
  /** @type {string[]} */
  let found = [];
  const close = () => {
    found = [];
    list.remove();
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (/** @type {number} */ index) => {
    active = (index + found.length) % found.length;
    [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === active)));
    input.setAttribute("aria-activedescendant", `${id}-${active}`);
  };
  const take = (/** @type {number} */ index) => {
    const begun = completionAt(input.value, input.selectionStart);
    if (!begun || !found[index] || list.children[index]?.ariaDisabled === "true") return;
    const next = complete(input.value, begun, found[index]);
    close();
    input.value = next.text;
    input.setSelectionRange(next.at, next.at);
    input.dispatchEvent(new Event("input"));
    close();
  };
  const offer = async () => {
    const begun = completionAt(input.value, input.selectionStart);
    if (!begun) return close();
    const names = await namesOf(begun.kind).catch(() => []);
    const now = completionAt(input.value, input.selectionStart);
    if (!now || document.activeElement !== input) return close();
    found = searchChoices(names, now.typed).slice(0, MOST_SHOWN);
    if (!found.length || found[0] === now.typed) return close();
    list.replaceChildren(...found.map((name, index) => nameRow(name, `${id}-${index}`, now.kind === "lora" || canBeSaid(name, names))));
    list.hidden = false;
    input.after(list);
    mark(0);
  };
  input.setAttribute("aria-autocomplete", "list");
  input.addEventListener("input", offer);
  input.addEventListener("blur", close);
  // The press would take the focus, and with it the list, before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => take([...list.children].indexOf(/** @type {Element} */ (event.target))));
  input.addEventListener("keydown", (event) => {
    if (!found.length || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(active + step);
    else if (event.key === "Enter" || event.key === "Tab") take(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** @param {string} name @param {string} id @param {boolean} isUsable */
function nameRow(name, id, isUsable) {
  if (isUsable) return element("li", { role: "option", id }, name);
  return element("li", { role: "option", id, "aria-disabled": "true", title: say("complete.unsayable") }, name, " – ", element("em", {}, say("complete.unsayable")));
}
