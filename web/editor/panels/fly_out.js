// A longer list of a menu: shown beside it while the pointer rests on its line or a key opens it; within it where there is no room.
import { element } from "../view/dom.js";
import { focusFirst } from "./menu.js";

const REST_MS = 200;
const EDGE = 8;
const OVERLAP = 4;

/** The line and the list that it shows. @param {string} label @param {HTMLElement[]} items */
export function unfolding(label, items) {
  const within = element("div", { class: "menu-within", role: "group", "aria-label": label, hidden: true }, ...items);
  const button = element("button", { type: "button", role: "menuitem", "aria-haspopup": "menu", "aria-expanded": "false" }, element("span", {}, label), element("span", { class: "menu-arrow", "aria-hidden": "true" }, "▸"));
  button.addEventListener("click", (event) => {
    // The mouse may have opened it by resting there.
    const isToShow = within.hidden || (event instanceof PointerEvent && event.pointerType === "mouse");
    show(button, isToShow);
    if (isToShow) focusFirst(within);
  });
  return [button, within];
}

/** Resting on a line with a list shows it; resting on another folds it up, so that the way there may cross others. @param {HTMLElement} menu */
export function followPointer(menu) {
  let waiting = 0;
  menu.addEventListener("pointerover", (event) => {
    const item = event.target instanceof Element ? event.target.closest("button") : null;
    clearTimeout(waiting);
    if (event.pointerType !== "mouse" || !item) return;
    waiting = window.setTimeout(() => {
      if (item.hasAttribute("aria-haspopup")) show(item, true);
      else foldOthers(item);
    }, REST_MS);
  });
}

/** The arrow to the right unfolds, the one to the left folds up what the focus is in. @param {KeyboardEvent} event @returns {boolean} whether the key was for that */
export function unfoldByKey(event) {
  if ((event.key !== "ArrowRight" && event.key !== "ArrowLeft") || !(event.target instanceof HTMLElement)) return false;
  event.preventDefault();
  event.stopPropagation();
  const inside = event.key === "ArrowLeft" || !event.target.hasAttribute("aria-haspopup") ? event.target.closest(".menu-within") : null;
  const button = inside ? inside.previousElementSibling : event.target.closest("[aria-haspopup]");
  if (!(button instanceof HTMLElement) || (button.getAttribute("aria-expanded") === "true") !== (event.key === "ArrowLeft")) return true;
  button.click();
  if (event.key === "ArrowLeft") button.focus();
  return true;
}

/** @param {HTMLElement} button @param {boolean} isShown */
function show(button, isShown) {
  const within = /** @type {HTMLElement} */ (button.nextElementSibling);
  if (isShown) foldOthers(button);
  const wasHidden = within.hidden;
  within.hidden = !isShown;
  button.setAttribute("aria-expanded", String(isShown));
  if (isShown && wasHidden) place(button, within);
}

/** Fold up all lists of the menu but those around an item. @param {HTMLElement} item */
function foldOthers(item) {
  for (const open of item.closest("[role=menu]")?.querySelectorAll("[aria-expanded=true]") ?? []) {
    if (open instanceof HTMLElement && open !== item && !open.nextElementSibling?.contains(item)) show(open, false);
  }
}

/** Beside the menu, to the right or else to the left, where there is room. @param {HTMLElement} button @param {HTMLElement} within */
function place(button, within) {
  within.classList.add("is-beside");
  const menu = /** @type {HTMLElement} */ (button.closest(".menu-within.is-beside, .menu-list")).getBoundingClientRect();
  const { offsetWidth: w, offsetHeight: h } = within;
  const sides = [menu.right - OVERLAP, menu.left - w + OVERLAP];
  const left = sides.find((x) => x >= EDGE && x + w <= innerWidth - EDGE);
  within.classList.toggle("is-beside", left !== undefined);
  if (left === undefined) return;
  const { top } = button.getBoundingClientRect();
  within.style.left = `${left}px`;
  within.style.top = `${Math.max(EDGE, Math.min(top - EDGE, innerHeight - h - EDGE))}px`;
}
