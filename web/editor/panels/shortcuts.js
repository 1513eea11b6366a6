// The sheet of shortcuts: every command with its keys, to look up and to change.
import { keyName } from "../commands/registry.js";
import { SHORTCUTS } from "../preferences/table.js";
import { findByWords } from "../kernels/words.js";
import { keywordsOf } from "../texts/keywords.js";
import { say, sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";
/** @import {Commands, LabelledCommand, Shortcuts} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */

const MODIFIERS = ["Control", "Shift", "Alt", "Meta"];

/** @param {Editor} editor @param {Commands} commands */
export function openShortcuts(editor, commands) {
  const search = element("input", { type: "search", class: "filter", "aria-label": say("keys.search"), placeholder: say("keys.search"), autocomplete: "off" });
  const body = element("tbody", {});
  const changed = () => /** @type {Shortcuts} */ (editor.settings.get(SHORTCUTS) ?? {});
  const store = (/** @type {Shortcuts} */ shortcuts) => {
    editor.settings.set(SHORTCUTS, shortcuts);
    show();
  };
  /** @type {RowActions} */
  const actions = {
    isChanged: (id) => id in changed(),
    bind: (id, keys) => store(withKeys(commands, changed(), id, keys)),
    reset: (id) => store(without(changed(), id)),
  };
  const show = () => {
    const found = findByWords(commands.all, search.value, (command) => `${command.label} ${command.keys.join(" ")} ${keywordsOf(command.id)}`);
    body.replaceChildren(...found.map((command) => row(command, actions)));
    if (!found.length) body.append(element("tr", {}, element("td", { class: "empty" }, say("page.empty"))));
  };
  search.addEventListener("input", show);
  show();
  const reset = element("button", { type: "button", class: "button", onclick: () => store({}) }, say("keys.reset-all"));
  const hint = element("p", { class: "empty" }, say("keys.hint"));
  openDialog(say("command.keys").replace("…", ""), element("div", { class: "panel" }, search, hint, element("table", { class: "keys" }, body), element("footer", {}, reset)));
  search.focus();
}

/** @typedef {{isChanged: (id: string) => boolean, bind: (id: string, keys: string[]) => void, reset: (id: string) => void}} RowActions */

/** @param {LabelledCommand} command @param {RowActions} actions */
function row(command, actions) {
  const { id, label, keys, section } = command;
  const shown = keys.map((key) => element("kbd", {}, key));
  const edit = element("button", { type: "button", class: "key-edit", title: say("keys.change", { name: label }) }, element("span", { class: "unseen" }, say("keys.change", { name: label }), " "), ...(shown.length ? shown : ["—"]));
  edit.addEventListener("click", () => listen(edit, (taken) => actions.bind(id, taken)));
  const reset = element("button", { type: "button", class: "close", "aria-label": say("keys.reset", { name: label }), title: say("keys.reset", { name: label }), hidden: !actions.isChanged(id), onclick: () => actions.reset(id) }, "↺");
  const heading = element("td", { class: "search-category" }, section ? sayOr(`section.${section}`, section) : "");
  return element("tr", { "data-command": id }, element("th", { scope: "row" }, label), heading, element("td", {}, edit, reset));
}

/**
 * Take the next keys that are pressed: Escape lets it be, Backspace takes the keys away.
 * @param {HTMLElement} button
 * @param {(keys: string[]) => void} take
 */
function listen(button, take) {
  button.textContent = say("keys.press");
  const stop = () => button.removeEventListener("keydown", onKey);
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (MODIFIERS.includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    stop();
    if (event.key === "Escape") return button.blur();
    take(event.key === "Backspace" && !event.ctrlKey ? [] : [written(keyName(event))]);
  };
  button.addEventListener("keydown", onKey);
  button.addEventListener("blur", stop, { once: true });
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

/** @param {Shortcuts} shortcuts @param {string} id */
function without(shortcuts, id) {
  const { [id]: _gone, ...others } = shortcuts;
  return others;
}
