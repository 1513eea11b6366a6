// The palette: every command and every setting by a few letters of its name or of what it is about.
import { findByWords, folded, wordsOf } from "../kernels/words.js";
import { keywordsOf } from "../texts/keywords.js";
import { say, sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { openPicker } from "./picker.js";
import { nameOf, openSettings, wordsOfSetting } from "./settings.js";
/** @import {Commands, LabelledCommand} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Setting} from "../preferences/table.js" */

/**
 * @typedef {object} Found
 * @property {string} label
 * @property {string} section
 * @property {string} about what it is found by beside them
 * @property {string[]} keys
 * @property {boolean} isOff whether it cannot be run just now
 * @property {() => void} run
 */

/** @param {Editor} editor @param {Commands} commands */
export function openPalette(editor, commands) {
  openPicker({
    title: say("command.palette").replace("…", ""),
    id: "palette-list",
    find: (text) => matching([...commands.all.map((command) => ofCommand(command, commands)), ...editor.settings.all.map((setting) => ofSetting(setting, editor, commands))], text),
    face: ({ label, section, keys }) => [label, section, " ", ...keys.slice(0, 1).map((key) => element("kbd", {}, key))],
    isOff: ({ isOff }) => isOff,
    run: ({ run }) => run(),
  });
}

/**
 * Those in whose texts all the words are: names that begin with them first, then names that have them; what cannot be
 * run now comes last, and without words not at all.
 * @template {Omit<Found, "run">} T
 * @param {readonly T[]} all
 * @param {string} text
 */
export function matching(all, text) {
  const words = wordsOf(text);
  if (!words.length) return all.filter(({ isOff }) => !isOff);
  const rank = (/** @type {T} */ { label, section, isOff }) => {
    const name = folded(label);
    const place = name.startsWith(words[0]) ? 0 : words.every((word) => folded(`${label} ${section}`).includes(word)) ? 1 : 2;
    return place + (isOff ? 3 : 0);
  };
  const found = findByWords(all, text, ({ label, section, about }) => `${label} ${section} ${about}`);
  return found.sort((a, b) => rank(a) - rank(b) || a.label.length + a.section.length - b.label.length - b.section.length);
}

/** @param {LabelledCommand} command @param {Commands} commands @returns {Found} */
function ofCommand({ id, label, section, keys, enabled }, commands) {
  const heading = sayOr(`section.${section ?? "Other"}`, section ?? "");
  return { label, section: heading, about: keywordsOf(id), keys, isOff: !(enabled?.() ?? true), run: () => commands.run(id) };
}

/** @param {Setting} setting @param {Editor} editor @param {Commands} commands @returns {Found} */
function ofSetting(setting, editor, commands) {
  const label = nameOf(setting);
  const section = say("command.settings").replace("…", "");
  return { label, section, about: wordsOfSetting(setting), keys: [], isOff: false, run: () => openSettings(editor, commands, label) };
}
