// The row of open workflows: click shows one, a double click renames it, the middle button closes it, the right one has a menu,
// dragging reorders.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Tab} from "../document/tab.js" */
/** @import {Editor} from "../editor.js" */

const MIDDLE = 1;

/** @typedef {{close: (tab: Tab) => void, create: () => void, openMenu: (tab: Tab, rename: () => void, at: {x: number, y: number}) => void}} TabActions */

/**
 * @param {Editor} editor
 * @param {TabActions} actions
 */
export function makeTabBar(editor, actions) {
  const { tabs, document: open } = editor;
  const row = element("div", { class: "tabs", role: "tablist", "aria-label": say("tabs.label") });
  const plus = element("button", { type: "button", class: "tool", "aria-label": say("tabs.new"), title: say("tabs.new"), onclick: actions.create }, "+");
  const show = () => {
    const hadFocus = row.contains(document.activeElement);
    row.replaceChildren(...tabs.list.value.map((tab) => tabItem(editor, tab, actions)));
    const shown = row.querySelector("[aria-selected=true]");
    shown?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (hadFocus && shown instanceof HTMLElement) shown.focus();
  };
  row.addEventListener("keydown", (event) => {
    if (event.target !== event.currentTarget && event.target instanceof HTMLInputElement) return;
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    tabs.step(by);
  });
  for (const source of [tabs.list, tabs.active, open.name, open.modified]) source.subscribe(show);
  show();
  return element("nav", { class: "tab-bar", "aria-label": say("tabs.label") }, row, plus);
}

/**
 * @param {Editor} editor
 * @param {Tab} tab
 * @param {TabActions} actions
 */
function tabItem(editor, tab, { close, openMenu }) {
  const { tabs } = editor;
  const isShown = tab === tabs.active.value;
  const name = element("span", { class: "tab-name" }, tab.name);
  const mark = element("span", { class: "modified", role: "img", title: say("page.changed-since"), "aria-label": say("page.changed"), hidden: !tab.isModified }, "•");
  const item = element(
    "div",
    { class: "tab", role: "tab", "aria-keyshortcuts": "F2 Delete", "aria-selected": String(isShown), tabindex: isShown ? "0" : "-1", draggable: "true", title: tab.file?.path ?? tab.name },
    name,
    mark,
  );
  item.append(element("span", { class: "close", "aria-hidden": "true", title: say("tabs.close", { name: tab.name }), onclick: stopping(() => close(tab)) }, "×"));
  item.addEventListener("click", () => !isShown && tabs.show(tab));
  item.addEventListener("dblclick", () => renameIn(item, name, tab, tabs));
  item.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    openMenu(tab, () => renameIn(item, name, tab, tabs), { x: event.clientX, y: event.clientY });
  });
  item.addEventListener("auxclick", (event) => event.button === MIDDLE && close(tab));
  item.addEventListener("keydown", (event) => {
    if (event.key === "F2") renameIn(item, name, tab, tabs);
    if (event.key === "Delete" && event.target === item) stopping(() => close(tab))(event);
  });
  item.addEventListener("dragstart", (event) => event.dataTransfer?.setData("text/skein-tab", tab.id));
  item.addEventListener("drop", (event) => {
    const dragged = tabs.list.value.find((other) => other.id === event.dataTransfer?.getData("text/skein-tab"));
    if (dragged && dragged !== tab) tabs.move(dragged, tabs.list.value.indexOf(tab));
  });
  return item;
}

/**
 * Let the name be typed over. The file of a saved workflow keeps its name; the list of saved workflows renames it.
 * @param {HTMLElement} item
 * @param {HTMLElement} name
 * @param {Tab} tab
 * @param {import("../document/tabs.js").Tabs} tabs
 */
function renameIn(item, name, tab, tabs) {
  const input = element("input", { class: "tab-rename", "aria-label": say("card.title"), value: tab.name });
  let isTaken = true;
  input.addEventListener("blur", () => tabs.renamed(tab, (isTaken && input.value.trim()) || tab.name));
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    isTaken = event.key === "Enter";
    input.blur();
  });
  item.draggable = false;
  name.replaceWith(input);
  input.select();
}

/** @param {() => void} run @returns {(event: Event) => void} */
function stopping(run) {
  return (event) => {
    event.stopPropagation();
    run();
  };
}
