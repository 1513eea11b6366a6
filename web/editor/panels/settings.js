// The settings with a search.
import { findByWords } from "../kernels/words.js";
import { keywordsOf } from "../texts/keywords.js";
import { say } from "../texts/files.js";
import { LANGUAGES, currentLanguage, sayOr } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";
/** @import {Commands} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Setting} from "../preferences/table.js" */

/** @param {Editor} editor @param {Commands} commands @param {string} [wanted] what is searched for at first */
export function openSettings(editor, commands, wanted = "") {
  const search = element("input", { type: "search", value: wanted, class: "filter", "aria-label": say("settings.search"), placeholder: say("settings.search"), autocomplete: "off" });
  const list = element("div", { class: "settings" });
  const show = () => {
    const found = findByWords(editor.settings.all, search.value, (setting) => `${nameOf(setting)} ${wordsOfSetting(setting)}`);
    const sections = [...new Set(found.map((setting) => setting.section))];
    list.replaceChildren(...sections.map((section) => sectionOf(section, found, editor)));
    if (!found.length) list.append(element("p", { class: "empty" }, say("page.empty")));
  };
  search.addEventListener("input", show);
  show();
  const keys = element("button", { type: "button", class: "button" }, commands.get("keys").label);
  const dialog = openDialog(plain(say("command.settings")), element("div", { class: "panel" }, search, list, element("footer", {}, keys)));
  keys.addEventListener("click", () => {
    dialog.close();
    commands.run("keys");
  });
  search.focus();
}

/** @param {Setting["section"]} section @param {Setting[]} settings @param {Editor} editor */
function sectionOf(section, settings, editor) {
  const rows = settings.filter((setting) => setting.section === section).map((setting) => row(setting, editor));
  return element("section", {}, element("h3", {}, sayOr(`settings.${section}`, section)), ...rows);
}

/** @param {Setting} setting @param {Editor} editor */
function row(setting, editor) {
  const hint = hintOf(setting);
  const words = element("span", {}, nameOf(setting), hint ? element("small", {}, hint) : null);
  return element("label", { class: "setting" }, words, control(setting, editor));
}

/** @param {Setting} setting @param {Editor} editor */
function control(setting, { settings }) {
  const value = settings.get(setting.id);
  const set = (/** @type {any} */ next) => settings.set(setting.id, next).then(() => setting.needsReload && location.reload());
  if (setting.kind === "toggle") {
    const box = element("input", { type: "checkbox", checked: Boolean(value) });
    box.addEventListener("change", () => set(box.checked));
    return box;
  }
  if (setting.kind === "number") {
    return numberField(setting, value, set);
  }
  if (setting.kind === "slider") return slider(setting, value, set);
  if (setting.kind === "text" || setting.kind === "colour") {
    // Some write a colour without its sign; it stays in the form that it has.
    const isBare = setting.kind === "colour" && !String(value ?? "#").startsWith("#");
    const field = element("input", { type: setting.kind === "colour" ? "color" : "text", value: isBare ? `#${value}` : (value ?? "") });
    field.addEventListener("change", () => set(isBare ? field.value.slice(1) : field.value));
    return field;
  }
  const options = (setting.choices ?? []).map((choice) => element("option", { value: choice, selected: choice === value }, choiceName(setting, choice)));
  const select = element("select", {}, ...options);
  select.addEventListener("change", () => set(select.value));
  return select;
}

/** @param {Setting} setting @param {any} value @param {(value: number) => void} set */
function slider({ min = 0, max = 100, step = 1 }, value, set) {
  const field = element("input", { type: "range", min, max, step, value });
  const shown = element("output", {}, field.value);
  field.addEventListener("input", () => (shown.textContent = field.value));
  field.addEventListener("change", () => set(Number(field.value)));
  return element("span", { class: "setting-slider" }, field, shown);
}

/** A field that says why it does not take what was typed. @param {Setting} setting @param {any} value @param {(value: number) => void} set */
function numberField(setting, value, set) {
  const { min, max, step = 1 } = setting;
  const field = element("input", { type: "number", value, min, max, step });
  const problem = element("small", { class: "setting-problem", role: "alert" });
  field.addEventListener("change", () => {
    const isTaken = field.value !== "" && field.checkValidity();
    const limits = min === undefined || max === undefined ? say("settings.number") : say("settings.number-within", { min, max });
    const steps = step === "any" || step === 1 ? "" : ` ${say("settings.number-step", { step })}`;
    problem.textContent = isTaken ? "" : `${step === 1 ? say("settings.whole") : ""} ${limits}${steps} ${say("settings.stays", { value: String(value) })}`.trim();
    field.setAttribute("aria-invalid", String(!isTaken));
    if (!isTaken) return;
    value = Number(field.value);
    set(value);
  });
  return element("span", { class: "setting-number" }, field, problem);
}

/** @param {Setting} setting @param {string} choice */
function choiceName({ id }, choice) {
  if (id === "skein.language" && choice in LANGUAGES) return LANGUAGES[/** @type {keyof typeof LANGUAGES} */ (choice)];
  const name = sayOr(`setting.${id}.${choice}`, choice);
  return id === "skein.language" ? `${name} (${LANGUAGES[currentLanguage()]})` : name;
}

/** What a setting is found by beside its name. @param {Setting} setting */
export function wordsOfSetting(setting) {
  const choices = (setting.choices ?? []).map((choice) => choiceName(setting, choice));
  return [hintOf(setting), sayOr(`settings.${setting.section}`, setting.section), keywordsOf(setting.id), ...choices].join(" ");
}

/** @param {Setting} setting */
export function nameOf({ id, name }) {
  return name ?? sayOr(`setting.${id}`, id);
}

/** @param {Setting} setting */
function hintOf({ id, hint }) {
  return hint ?? sayOr(`setting.${id}.hint`, "");
}

/** @param {string} label */
function plain(label) {
  return label.replace("…", "");
}
