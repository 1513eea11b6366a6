// What opens beside the Queue button: how often, whether again by itself, at the front, only what is selected.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Commands} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */

const MOST = 1000;
const REPEATS = /** @type {const} */ (["never", "always", "changes"]);

/**
 * @param {Editor} editor
 * @param {Commands} commands
 * @param {HTMLElement} anchor the button that it belongs to
 */
export function openRunOptions(editor, commands, anchor) {
  const before = document.querySelector(".run-options");
  if (before) return before.remove();
  const panel = element("div", { class: "run-options popover", role: "dialog", "aria-label": say("run.options") });
  const close = () => {
    panel.remove();
    document.removeEventListener("pointerdown", onPress, true);
    anchor.setAttribute("aria-expanded", "false");
  };
  const onPress = (/** @type {PointerEvent} */ event) => {
    const target = /** @type {Node} */ (event.target);
    if (!panel.contains(target) && !anchor.contains(target)) close();
  };
  panel.append(countRow(editor), repeatRows(editor), ...["queue-front", "queue-selected"].map((id) => commandRow(commands, id, close)));
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
    anchor.focus();
  });
  document.addEventListener("pointerdown", onPress, true);
  anchor.setAttribute("aria-expanded", "true");
  anchor.closest("#editor")?.append(panel);
  panel.querySelector("input")?.focus();
}

/** @param {Editor} editor */
function countRow(editor) {
  const input = element("input", { type: "number", min: "1", max: String(MOST), step: "1", value: String(editor.runOptions.value.count), "aria-label": say("run.times") });
  input.addEventListener("input", () => {
    const count = Math.min(MOST, Math.max(1, Math.round(Number(input.value) || 1)));
    editor.runOptions.value = { ...editor.runOptions.value, count };
  });
  return element("label", { class: "option-row" }, element("span", {}, say("run.times-at-each-press")), input);
}

/** @param {Editor} editor */
function repeatRows(editor) {
  const rows = REPEATS.map((repeat) => {
    const input = element("input", { type: "radio", name: "repeat", value: repeat });
    input.checked = editor.runOptions.value.repeat === repeat;
    input.addEventListener("change", () => {
      editor.runOptions.value = { ...editor.runOptions.value, repeat };
    });
    return element("label", { class: "option-row", title: say(`run.repeat-${repeat}-tip`) }, element("span", {}, say(`run.repeat-${repeat}`)), input);
  });
  return element("fieldset", {}, element("legend", {}, say("run.repeat")), ...rows);
}

/** @param {Commands} commands @param {string} id @param {() => void} close */
function commandRow(commands, id, close) {
  const command = commands.get(id);
  const run = () => {
    close();
    commands.run(id);
  };
  const button = element("button", { type: "button", class: "option-command", onclick: run }, command.label);
  button.disabled = !(command.enabled?.() ?? true);
  return button;
}
