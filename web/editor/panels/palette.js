// The palette: every command by a few letters of its name.
import { say, sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";
/** @import {Commands, LabelledCommand} from "../commands/registry.js" */

/** @param {Commands} commands */
export function openPalette(commands) {
  const title = say("command.palette").replace("…", "");
  const input = element("input", { type: "text", role: "combobox", "aria-label": title, "aria-controls": "palette-list", "aria-expanded": "true", placeholder: title, spellcheck: "false", autocomplete: "off" });
  const list = element("ul", { id: "palette-list", role: "listbox", "aria-label": title });
  const dialog = openDialog(title, element("div", { class: "picker" }, input, list), { style: "is-palette" });
  /** @type {LabelledCommand[]} */
  let found = [];
  let at = 0;
  const run = (/** @type {LabelledCommand | undefined} */ command) => {
    if (!command) return;
    dialog.addEventListener("close", () => commands.run(command.id), { once: true });
    dialog.close();
  };
  const show = () => {
    list.replaceChildren(...found.map((command, index) => row(command, index, index === at, () => run(command))));
    if (!found.length) list.append(element("li", { class: "search-empty" }, say("page.empty")));
    input.setAttribute("aria-activedescendant", found.length ? `palette-${at}` : "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const search = () => {
    found = matching(commands.all, input.value);
    at = 0;
    show();
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Enter") run(found[at]);
    if (!step && event.key !== "Enter") return;
    event.preventDefault();
    at = (at + step + found.length) % Math.max(found.length, 1);
    show();
  });
  search();
  input.focus();
}

/**
 * The commands that may run now and whose names hold all the words, those that begin with them first.
 * @param {LabelledCommand[]} commands
 * @param {string} text
 */
export function matching(commands, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const named = commands.filter((command) => command.enabled?.() ?? true).map((command) => ({ command, name: fullName(command).toLowerCase() }));
  const found = named.filter(({ name }) => words.every((word) => name.includes(word)));
  const rank = (/** @type {{command: LabelledCommand}} */ { command }) => (command.label.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || (words.length ? a.name.length - b.name.length : 0)).map(({ command }) => command);
}

/** @param {LabelledCommand} command @param {number} index @param {boolean} isChosen @param {() => void} run */
function row(command, index, isChosen, run) {
  const heading = sectionOf(command);
  const keys = (command.keys ?? []).slice(0, 1).map((key) => element("kbd", {}, key));
  return element(
    "li",
    { role: "option", id: `palette-${index}`, "aria-selected": String(isChosen), onclick: run },
    element("span", { class: "search-name" }, command.label),
    element("span", { class: "search-category" }, heading, " ", ...keys),
  );
}

/** @param {LabelledCommand} command */
function sectionOf(command) {
  return sayOr(`section.${command.section ?? "Other"}`, command.section ?? "");
}

/** @param {LabelledCommand} command */
function fullName(command) {
  return `${command.label} ${sectionOf(command)}`;
}
