// The palette: every command by a few letters of its name.
import { say, sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { openPicker } from "./picker.js";
/** @import {Commands, LabelledCommand} from "../commands/registry.js" */

/** @param {Commands} commands */
export function openPalette(commands) {
  openPicker({
    title: say("command.palette").replace("…", ""),
    id: "palette-list",
    find: (text) => matching(commands.all, text),
    face: (command) => [command.label, sectionOf(command), " ", ...command.keys.slice(0, 1).map((key) => element("kbd", {}, key))],
    run: (command) => commands.run(command.id),
  });
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

/** @param {LabelledCommand} command */
function sectionOf(command) {
  return sayOr(`section.${command.section ?? "Other"}`, command.section ?? "");
}

/** @param {LabelledCommand} command */
function fullName(command) {
  return `${command.label} ${sectionOf(command)}`;
}
