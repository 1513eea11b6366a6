// The sheet of shortcuts: every command with its keys, to look up and to change.
import { keyName } from "../commands/registry.js";
import { SHORTCUTS } from "../preferences/table.js";
import { findByWords } from "../kernels/words.js";
import { keywordsOf } from "../texts/keywords.js";
import { say } from "../texts/files.js";
import { sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";
/** @import {Commands, LabelledCommand, Shortcuts} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */

// Browsers keep these for themselves, whatever a page does.
const OF_BROWSER = new Set(["ctrl+t", "ctrl+w", "ctrl+n", "ctrl+shift+t", "ctrl+shift+w", "ctrl+shift+n", "ctrl+tab", "ctrl+shift+tab", "ctrl+pageup", "ctrl+pagedown", "f11"]);
const MODIFIERS = ["Control", "Shift", "Alt", "Meta"];

/** @param {Editor} editor @param {Commands} commands */
export function openShortcuts(editor, commands) {
  const search = element("input", { type: "search", class: "filter", "aria-label": say("keys.search"), placeholder: say("keys.search"), autocomplete: "off" });
  const body = element("tbody", {});
  const hint = element("p", { class: "empty", role: "status" }, say("keys.hint"));
  const changed = () => /** @type {Shortcuts} */ (editor.settings.get(SHORTCUTS) ?? {});
  const store = (/** @type {Shortcuts} */ shortcuts, /** @type {string} */ id, words = "") => {
    editor.settings.set(SHORTCUTS, shortcuts);
    hint.textContent = words || say("keys.hint");
    show();
    const row = [...body.children].find((other) => other instanceof HTMLElement && other.dataset.command === id);
    /** @type {HTMLElement | null | undefined} */ (row?.querySelector(".key-edit"))?.focus();
  };
  /** @type {RowActions} */
  const actions = {
    isChanged: (id) => id in changed(),
    bind: (id, keys) => {
      const losing = keys.flatMap((key) => commands.ownerOf(key) ?? []).filter((owner) => owner.id !== id);
      store(withKeys(commands, changed(), id, keys), id, losing.map(({ label }) => say("keys.taken", { key: keys[0], name: label })).join(" "));
    },
    refuse: (key) => {
      hint.textContent = say("keys.browser", { key });
    },
    reset: (id) => store(givenBack(commands, changed(), id), id),
  };
  const show = () => {
    const found = findByWords(commands.all, search.value, (command) => `${command.label} ${command.keys.join(" ")} ${keywordsOf(command.id)}`);
    body.replaceChildren(...found.map((command) => row(command, actions)));
    if (!found.length) body.append(element("tr", {}, element("td", { class: "empty" }, say("page.empty"))));
  };
  search.addEventListener("input", show);
  show();
  const reset = element("button", { type: "button", class: "button", onclick: () => store({}, "") }, say("keys.reset-all"));
  openDialog(say("command.keys").replace("…", ""), element("div", { class: "panel" }, search, hint, element("table", { class: "keys" }, body), element("footer", {}, reset)));
  search.focus();
}

/** @typedef {{isChanged: (id: string) => boolean, bind: (id: string, keys: string[]) => void, refuse: (key: string) => void, reset: (id: string) => void}} RowActions */

/** @param {LabelledCommand} command @param {RowActions} actions */
function row(command, actions) {
  const { id, label, keys, section } = command;
  const shown = keys.map((key) => element("kbd", {}, key));
  const edit = element("button", { type: "button", class: "key-edit", title: say("keys.change", { name: label }) }, element("span", { class: "unseen" }, say("keys.change", { name: label }), " "), ...(shown.length ? shown : ["—"]));
  edit.addEventListener("click", () => listen(edit, { take: (taken) => actions.bind(id, taken), refuse: actions.refuse }));
  const reset = element("button", { type: "button", class: "close", "aria-label": say("keys.reset", { name: label }), title: say("keys.reset", { name: label }), hidden: !actions.isChanged(id), onclick: () => actions.reset(id) }, "↺");
  const heading = element("td", { class: "search-category" }, section ? sayOr(`section.${section}`, section) : "");
  return element("tr", { "data-command": id }, element("th", { scope: "row" }, label), heading, element("td", {}, edit, reset));
}

/**
 * Take the next keys that are pressed: Escape lets it be, Backspace takes the keys away.
 * @param {HTMLElement} button
 * @param {{take: (keys: string[]) => void, refuse: (key: string) => void}} to
 */
function listen(button, { take, refuse }) {
  const before = [...button.childNodes];
  button.textContent = say("keys.press");
  const end = () => {
    button.removeEventListener("keydown", onKey);
    if (button.textContent === say("keys.press")) button.replaceChildren(...before);
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    // Tab leads on, else nobody without a mouse would get away.
    if (MODIFIERS.includes(event.key) || (event.key === "Tab" && !event.ctrlKey)) return;
    event.preventDefault();
    event.stopPropagation();
    end();
    if (event.key === "Escape") return;
    if (OF_BROWSER.has(keyName(event))) return refuse(written(keyName(event)));
    take(event.key === "Backspace" && !event.ctrlKey ? [] : [written(keyName(event))]);
  };
  button.addEventListener("keydown", onKey);
  button.addEventListener("blur", end, { once: true });
  button.focus();
}

/** @param {string} key such as "ctrl+shift+p" @returns {string} as it is shown: "Ctrl+Shift+P" */
function written(key) {
  const parts = key === "+" ? [key] : key.split(/\+(?=.)/);
  return parts.map((part) => part[0].toUpperCase() + part.slice(1)).join("+");
}

/**
 * The shortcuts once a command has these keys, which other commands lose.
 * @param {Commands} commands
 * @param {Shortcuts} shortcuts
 * @param {string} id
 * @param {string[]} keys
 * @returns {Shortcuts}
 */
function withKeys(commands, shortcuts, id, keys) {
  const taken = new Set(keys.map((key) => key.toLowerCase()));
  const losing = commands.all.filter((command) => command.id !== id && command.keys.some((key) => taken.has(key.toLowerCase())));
  const lost = losing.map((command) => [command.id, command.keys.filter((key) => !taken.has(key.toLowerCase()))]);
  return { ...shortcuts, ...Object.fromEntries(lost), [id]: keys };
}

/**
 * The shortcuts once a command has its first keys again, and those that lost theirs to it have them back.
 * @param {Commands} commands
 * @param {Shortcuts} shortcuts
 * @param {string} id
 * @returns {Shortcuts}
 */
export function givenBack(commands, shortcuts, id) {
  const own = new Set(commands.firstKeys(id));
  const freed = new Set((shortcuts[id] ?? []).filter((key) => !own.has(key)));
  const others = Object.entries(shortcuts).filter(([other]) => other !== id);
  const kept = others.flatMap(([other, keys]) => {
    const first = commands.firstKeys(other);
    const back = first.filter((key) => keys.includes(key) || freed.has(key));
    const next = [...back, ...keys.filter((key) => !first.includes(key) && !own.has(key))];
    return next.join() === first.join() ? [] : [[other, next]];
  });
  return Object.fromEntries(kept);
}
