// A dialog with a line to type and a list that follows it: arrows choose, Enter takes.
import { say } from "../texts/files.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";

const MOST_ROWS = 200;

/**
 * @template T
 * @typedef {object} Choices
 * @property {string} title
 * @property {string} id of the list on the page
 * @property {(text: string) => T[]} find
 * @property {(item: T) => (Node | string)[]} face its name, and what stands beside it
 * @property {(item: T) => boolean} [isOff] whether it can be seen but not taken
 * @property {(item: T) => void} run called once the dialog is closed
 */

/**
 * Open the dialog.
 * @template T
 * @param {Choices<T>} choices
 */
export function openPicker({ title, id, find, face, isOff = () => false, run }) {
  const input = element("input", { type: "text", role: "combobox", "aria-label": title, "aria-controls": id, "aria-expanded": "true", "aria-autocomplete": "list", placeholder: title, spellcheck: "false", autocomplete: "off" });
  const list = element("ul", { id, role: "listbox", "aria-label": title });
  const more = element("p", { class: "search-empty", role: "status", hidden: true });
  const dialog = openDialog(title, element("div", { class: "picker" }, input, list, more), { style: "is-palette" });
  /** @type {T[]} */
  let found = [];
  let at = 0;
  const take = (/** @type {T | undefined} */ item) => {
    if (item === undefined || isOff(item)) return;
    dialog.addEventListener("close", () => run(item), { once: true });
    dialog.close();
  };
  const choose = (/** @type {number} */ index) => {
    at = index;
    for (const [place, row] of [...list.children].entries()) row.setAttribute("aria-selected", String(place === at));
    input.setAttribute("aria-activedescendant", list.children[at]?.id ?? "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const search = () => {
    const all = find(input.value);
    found = all.slice(0, MOST_ROWS);
    list.replaceChildren(...found.map((item, index) => rowOf(face(item), `${id}-${index}`, isOff(item), () => take(item))));
    list.hidden = !found.length;
    more.hidden = Boolean(found.length) && all.length === found.length;
    more.textContent = found.length ? say("picker.more", { count: all.length - found.length }) : say("page.empty");
    choose(0);
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Enter") take(found[at]);
    if (!step && event.key !== "Enter") return;
    event.preventDefault();
    choose((at + step + found.length) % Math.max(found.length, 1));
  });
  search();
  input.focus();
}

/** @param {(Node | string)[]} face @param {string} id @param {boolean} isOff @param {() => void} take */
function rowOf([name, ...beside], id, isOff, take) {
  return element("li", { role: "option", id, "aria-selected": "false", "aria-disabled": isOff ? "true" : false, onclick: take }, element("span", { class: "search-name" }, name), element("span", { class: "search-category" }, ...beside));
}
