// The menu of the right button: what can be done now with what is under the pointer. Longer lists unfold beside it.
import { say, sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { followPointer, unfoldByKey, unfolding } from "./fly_out.js";
import { focusFirst, menuGroup, menuItem, moveFocus } from "./menu.js";
/** @import {Commands} from "../commands/registry.js" */

/** @typedef {"card" | "link" | "bend" | "group" | "empty"} Place what is under the pointer */
/** @typedef {string | {section: string}} Entry the id of a command, or a section of them that unfolds */
/** @typedef {{label: string, run: () => void, enabled?: () => boolean, items?: Item[]}} Item with `items` it unfolds */
/** @typedef {{heading: string, items: Item[]}} Own what can be done with one value or socket of a card, or what packs' scripts do */

/** @type {Record<Place, Entry[][]>} */
const MENUS = {
  card: [
    ["rename", "open-subgraph", "unpack-subgraph", "keep-subgraph", "mute", "bypass", "collapse", "pin", { section: "Colour" }],
    ["connect", "value-to-input", "input-to-value"],
    ["cut", "copy", "paste", "duplicate", "duplicate-linked"],
    ["group", "ungroup", "make-subgraph", { section: "Arrange" }],
    ["queue-selected", "delete"],
  ],
  link: [["insert-node", "add-reroute", "delete-link"], ["undo"]],
  bend: [["remove-reroute"], ["undo"]],
  group: [
    ["rename-group", { section: "Colour" }, "fit-group", "ungroup"],
    ["mute", "bypass", "collapse", "pin"],
    ["copy", "duplicate", "make-subgraph", "queue-selected", "delete"],
  ],
  empty: [
    ["add-node", "node-library", "model-library"],
    ["paste", "paste-linked", "select-all", "undo", "redo"],
    ["add-group", "group", "make-subgraph", "leave-subgraph", { section: "Arrange" }],
    ["fit", "fit-all", { section: "View" }],
  ],
};

/**
 * @param {HTMLElement} root
 * @param {Commands} commands
 * @param {{place: Place, own: Own[]}} pressed
 * @param {{x: number, y: number}} at
 */
export function openContextMenu(root, commands, { place, own }, at) {
  openOwnMenu(root, own, at, (close) =>
    MENUS[place].map((entries) => entriesOf(entries, MENUS[place].flat(), commands, close)).filter(({ length }) => length).map((items) => element("div", { class: "menu-part", role: "group" }, ...items)),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Own[]} own
 * @param {{x: number, y: number}} at
 * @param {(close: () => void) => HTMLElement[]} [more] what stands below
 * @returns {{list: HTMLElement, close: () => void}}
 */
export function openOwnMenu(root, own, at, more = () => []) {
  root.querySelector(".menu-list.is-context")?.remove();
  const list = element("div", { class: "menu-list is-context", role: "menu", "aria-label": say("page.menu") });
  const before = document.activeElement;
  const close = () => {
    const isInside = list.contains(document.activeElement);
    list.remove();
    if (isInside && before instanceof HTMLElement) before.focus({ preventScroll: true });
    document.removeEventListener("pointerdown", onPress, true);
  };
  const onPress = (/** @type {PointerEvent} */ event) => {
    if (!list.contains(/** @type {Node} */ (event.target))) close();
  };
  const settle = () => {
    list.style.left = `${Math.max(8, Math.min(at.x, innerWidth - list.offsetWidth - 8))}px`;
    list.style.top = `${Math.max(8, Math.min(at.y, innerHeight - list.offsetHeight - 8))}px`;
  };
  list.append(...own.map(({ heading, items }) => menuGroup(heading, ownItems(items, close))), ...more(close));
  list.addEventListener("keydown", (event) => unfoldByKey(event) || moveFocus(event, list, close));
  followPointer(list);
  list.addEventListener("click", settle);
  list.addEventListener("keyup", settle);
  list.addEventListener("contextmenu", (event) => event.preventDefault());
  document.addEventListener("pointerdown", onPress, true);
  root.append(list);
  settle();
  focusFirst(list);
  return { list, close };
}

/** @param {Item[]} items @param {() => void} close @returns {HTMLElement[]} */
function ownItems(items, close) {
  return items.flatMap(({ items: within, ...item }) => (within?.length ? unfolding(item.label, ownItems(within, close)) : [menuItem({ id: "", keys: [], ...item }, close)]));
}

/**
 * The items of what can be done now.
 * @param {Entry[]} entries
 * @param {Entry[]} all of the menu: what stands in it by itself is not in a section too
 * @param {Commands} commands
 * @param {() => void} close
 * @returns {HTMLElement[]}
 */
function entriesOf(entries, all, commands, close) {
  const item = (/** @type {string} */ id) => menuItem({ ...commands.get(id), run: () => commands.run(id) }, close);
  const isOffered = (/** @type {string} */ id) => commands.has(id) && (commands.get(id).enabled?.() ?? true);
  return entries.flatMap((entry) => {
    if (typeof entry === "string") return isOffered(entry) ? [item(entry)] : [];
    const ids = commands.all.filter((command) => command.section === entry.section && !all.includes(command.id)).map((command) => command.id);
    const offered = ids.filter(isOffered).map(item);
    return offered.length ? unfolding(sayOr(`section.${entry.section}`, entry.section), offered) : [];
  });
}
