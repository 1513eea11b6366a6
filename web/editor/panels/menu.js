// The menu of all commands, the sheet of shortcuts, and the enlarged picture.
import { say, sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Commands, LabelledCommand} from "../commands/registry.js" */

/**
 * A button that opens the list of commands by section.
 * @param {Commands} commands
 */
export function makeMenu(commands) {
  const list = element("div", { class: "menu-list", role: "menu", hidden: true });
  const button = element("button", { type: "button", class: "tool", "aria-label": say("page.menu"), "aria-haspopup": "menu", "aria-expanded": "false" }, "☰");
  const close = () => {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
  };
  button.addEventListener("click", () => {
    if (!list.hidden) return close();
    list.replaceChildren(...menuSections(commands, close));
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    list.querySelector("button")?.focus();
  });
  list.addEventListener("keydown", (event) => moveFocus(event, list, () => (close(), button.focus())));
  document.addEventListener("pointerdown", (event) => {
    if (!list.contains(/** @type {Node} */ (event.target)) && event.target !== button) close();
  });
  return element("div", { class: "menu" }, button, list);
}

/**
 * Open the commands of some sections where the pointer is.
 * @param {HTMLElement} root
 * @param {Commands} commands
 * @param {string[]} sections
 * @param {{x: number, y: number}} at
 */
export function openContextMenu(root, commands, sections, at) {
  root.querySelector(".menu-list.is-context")?.remove();
  const list = element("div", { class: "menu-list is-context", role: "menu" });
  const close = () => {
    list.remove();
    document.removeEventListener("pointerdown", onPress, true);
  };
  const onPress = (/** @type {PointerEvent} */ event) => {
    if (!list.contains(/** @type {Node} */ (event.target))) close();
  };
  list.append(...menuSections(commands, close, sections));
  list.addEventListener("keydown", (event) => moveFocus(event, list, close));
  list.addEventListener("contextmenu", (event) => event.preventDefault());
  document.addEventListener("pointerdown", onPress, true);
  root.append(list);
  list.style.left = `${Math.min(at.x, innerWidth - list.offsetWidth - 8)}px`;
  list.style.top = `${Math.max(8, Math.min(at.y, innerHeight - list.offsetHeight - 8))}px`;
  list.querySelector("button")?.focus();
}

/** @param {Commands} commands */
export function openKeySheet(commands) {
  const rows = commands.all.filter((command) => command.keys?.length).map(keyRow);
  openDialog(say("command.keys").replace("…", ""), element("table", { class: "keys" }, element("tbody", {}, ...rows)));
}

/** @param {string} url @param {string} title */
export function openPicture(url, title) {
  openDialog(title, element("img", { src: url, alt: title, class: "enlarged" }));
}

/** @param {string} title @param {HTMLElement} content */
function openDialog(title, content) {
  const dialog = element("dialog", { "aria-label": title });
  const close = element("button", { type: "button", class: "close", "aria-label": say("page.close"), onclick: () => dialog.close() }, "×");
  dialog.append(element("header", {}, element("h2", {}, title), close), content);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {Commands} commands
 * @param {() => void} close
 * @param {string[]} [only] the sections to show; all where none are named
 */
function menuSections(commands, close, only) {
  const sections = [...new Set(commands.all.map((command) => command.section).filter(Boolean))];
  return sections.filter((section) => !only || only.includes(section ?? "")).map((section) => {
    const members = commands.all.filter((command) => command.section === section);
    const heading = sayOr(`section.${section}`, section ?? "");
    return element("div", { role: "group", "aria-label": heading }, element("h3", { role: "presentation" }, heading), ...members.map((command) => menuItem(command, close)));
  });
}

/** @param {LabelledCommand} command @param {() => void} close */
function menuItem(command, close) {
  const run = () => {
    close();
    command.run();
  };
  const item = element("button", { type: "button", role: "menuitem", onclick: run }, element("span", {}, command.label));
  if (command.keys?.length) item.append(element("kbd", {}, command.keys[0]));
  item.disabled = !(command.enabled?.() ?? true);
  return item;
}

/** @param {KeyboardEvent} event @param {HTMLElement} list @param {() => void} close */
function moveFocus(event, list, close) {
  if (event.key === "Escape") return close();
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  event.stopPropagation();
  const items = [...list.querySelectorAll("button")].filter((item) => !item.disabled);
  const at = items.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
}

/** @param {LabelledCommand} command */
function keyRow(command) {
  const keys = (command.keys ?? []).map((key) => element("kbd", {}, key));
  return element("tr", {}, element("th", { scope: "row" }, command.label), element("td", {}, ...keys));
}
