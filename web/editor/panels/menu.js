// The menus of commands: the bar with one for each section, and all in one where there is no room.
import { say, sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Commands, LabelledCommand} from "../commands/registry.js" */

const ORDER = ["File", "Edit", "Node", "View", "Run", "Help"];

/**
 * A menu for each section of the commands, and one of all for narrow pages.
 * @param {Commands} commands
 * @returns {HTMLElement[]}
 */
export function makeMenus(commands) {
  const bar = element("div", { class: "menu-bar", role: "menubar", "aria-label": say("page.menu") });
  /** @type {Set<string>} */
  const shown = new Set();
  // Packs' scripts bring commands, and sections, later on.
  const showMore = () => {
    for (const section of sectionsOf(commands)) {
      if (shown.has(section)) continue;
      shown.add(section);
      const heading = sayOr(`section.${section}`, section);
      bar.append(makeMenu({ name: heading, text: heading, role: "menuitem" }, (close) => menuItems(commands, section, close)));
    }
  };
  showMore();
  commands.changed.subscribe(showMore);
  bar.addEventListener("keydown", (event) => stepAlong(event, bar));
  bar.addEventListener("pointerover", (event) => followPointer(event, bar));
  const all = makeMenu({ name: say("page.menu"), text: "☰", role: "button" }, (close) => menuSections(commands, close));
  all.classList.add("is-all");
  return [all, bar];
}

/**
 * A button that opens a list.
 * @param {{name: string, text: string, role: "menuitem" | "button"}} face
 * @param {(close: () => void) => HTMLElement[]} fill
 */
function makeMenu({ name, text, role }, fill) {
  const list = element("div", { class: "menu-list", role: "menu", "aria-label": name, hidden: true });
  const button = element("button", { type: "button", class: "tool is-menu", role, "aria-label": name, "aria-haspopup": "menu", "aria-expanded": "false" }, text);
  const close = () => {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
  };
  button.addEventListener("click", () => {
    if (!list.hidden) return close();
    list.replaceChildren(...fill(close));
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    focusFirst(list);
  });
  list.addEventListener("keydown", (event) => moveFocus(event, list, () => (close(), button.focus())));
  document.addEventListener("pointerdown", (event) => {
    if (!list.contains(/** @type {Node} */ (event.target)) && event.target !== button) close();
  });
  return element("div", { class: "menu" }, button, list);
}

/** Arrow keys go from one menu of the bar to the next. @param {KeyboardEvent} event @param {HTMLElement} bar */
function stepAlong(event, bar) {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  const menu = event.target instanceof Element ? event.target.closest(".menu") : null;
  if (!by || !menu) return;
  event.preventDefault();
  event.stopPropagation();
  const menus = [...bar.children];
  goTo(menus[(menus.indexOf(menu) + by + menus.length) % menus.length], bar);
}

/** Once a menu of the bar is open, the pointer opens the others. @param {PointerEvent} event @param {HTMLElement} bar */
function followPointer(event, bar) {
  const menu = event.target instanceof Element ? event.target.closest(".menu") : null;
  const open = bar.querySelector("[aria-expanded=true]");
  if (menu && open && !menu.contains(open)) goTo(menu, bar);
}

/** @param {Element} menu @param {HTMLElement} bar */
function goTo(menu, bar) {
  const open = bar.querySelector("[aria-expanded=true]");
  const button = menu.querySelector("button");
  if (open instanceof HTMLElement) open.click();
  button?.focus();
  if (open) button?.click();
}

/** The sections that have commands, in the order of the menus. @param {Commands} commands */
function sectionsOf(commands) {
  const found = new Set(commands.all.flatMap((command) => command.section ?? []));
  return [...ORDER.filter((section) => found.has(section)), ...[...found].filter((section) => !ORDER.includes(section))];
}

/** @param {Commands} commands @param {() => void} close */
function menuSections(commands, close) {
  return sectionsOf(commands).map((section) => {
    return menuGroup(sayOr(`section.${section}`, section), menuItems(commands, section, close));
  });
}

/** @param {string} heading @param {HTMLElement[]} items */
export function menuGroup(heading, items) {
  return element("div", { role: "group", "aria-label": heading }, element("h3", { role: "presentation" }, heading), ...items);
}

/** @param {Commands} commands @param {string} section @param {() => void} close */
function menuItems(commands, section, close) {
  const chosen = commands.all.filter((command) => command.section === section);
  return chosen.map((command) => menuItem({ ...command, run: () => commands.run(command.id) }, close));
}

/** @param {LabelledCommand} command @param {() => void} close */
export function menuItem(command, close) {
  const run = () => {
    close();
    command.run();
  };
  const item = element("button", { type: "button", role: "menuitem", onclick: run }, element("span", { class: "menu-label" }, command.label));
  if (command.swatch) item.prepend(element("i", { class: "menu-swatch", style: `background: ${command.swatch}`, "aria-hidden": "true" }));
  if (command.keys?.length) item.append(element("kbd", {}, command.keys[0]));
  item.disabled = !(command.enabled?.() ?? true);
  return item;
}

/** @param {KeyboardEvent} event @param {HTMLElement} list @param {() => void} close */
export function moveFocus(event, list, close) {
  if (event.key === "Escape") event.stopPropagation();
  if (event.key === "Escape") return close();
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  event.stopPropagation();
  const items = [...list.querySelectorAll("button")].filter((item) => !item.disabled && item.offsetParent);
  const at = items.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
}

/** @param {HTMLElement} list */
export function focusFirst(list) {
  const first = list.querySelector("button:enabled");
  if (first instanceof HTMLElement) first.focus();
}
