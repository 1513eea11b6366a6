// Turning a card's values to inputs and back: of the value that has the focus or was pressed, or of one chosen from a list.
import { findNode } from "../document/workflow.js";
import { faceOf } from "../kernels/faces.js";
import { turnableInputs, turnToInput, turnToWidget } from "../kernels/turned_inputs.js";
import { findByWords } from "../kernels/words.js";
import { say } from "../texts/texts.js";
import { holdingKeys } from "../view/held_keys.js";
/** @import {Editor} from "../editor.js" */
/** @import {Face, InputFace} from "../kernels/faces.js" */
/** @import {Command} from "./registry.js" */

/** @typedef {{id: string, card: string, input: InputFace}} CardInput an input of a selected card */

/** @param {Editor} editor @returns {Command[]} */
export function turningCommands(editor) {
  return [
    { id: "value-to-input", section: "Node", enabled: () => inputsOf(editor, "values").length > 0, run: () => turnChosen(editor, "values") },
    { id: "input-to-value", section: "Node", enabled: () => inputsOf(editor, "turned").length > 0, run: () => turnChosen(editor, "turned") },
  ];
}

/**
 * What can be done with the value or socket that was pressed, for the context menu.
 * @param {Editor} editor
 * @param {string} id of its card
 * @param {string} name
 * @returns {{label: string, run: () => void}[]}
 */
export function turningActions(editor, id, name) {
  const face = shownFace(editor, id);
  const { values, turned } = face ? turnableInputs(face) : { values: [], turned: [] };
  const value = values.find((input) => input.name === name);
  if (value) return [{ label: say("widget.to-input", { name: value.label }), run: () => toInput(editor, id, value) }];
  const input = turned.find((item) => item.name === name);
  return input ? [{ label: say("widget.to-value", { name: input.label }), run: () => toValue(editor, id, input.name) }] : [];
}

/** @param {Editor} editor @param {"values" | "turned"} kind */
async function turnChosen(editor, kind) {
  const found = inputsOf(editor, kind);
  const focused = focusedValue();
  const meant = found.filter(({ id, input }) => id === focused.id && input.name === focused.name);
  if (meant.length) return turn(editor, kind, meant[0]);
  const { openPicker } = await holdingKeys(import("../panels/picker.js"));
  openPicker({
    title: say(kind === "values" ? "command.value-to-input" : "command.input-to-value").replace("…", ""),
    id: "turning-list",
    find: (text) => findByWords(found, text, ({ card, input }) => `${input.label} ${card}`),
    face: ({ card, input }) => [input.label.replaceAll("_", " "), `${card} · ${input.type}`],
    run: (chosen) => turn(editor, kind, chosen),
  });
}

/** @param {Editor} editor @param {"values" | "turned"} kind @param {CardInput} chosen */
function turn(editor, kind, { id, input }) {
  if (kind === "values") toInput(editor, id, input);
  else toValue(editor, id, input.name);
}

/** @param {Editor} editor @param {string} id @param {InputFace} input */
function toInput(editor, id, input) {
  editor.document.edit("Turn to input", (graph) => turnToInput(graph, id, input));
}

/** @param {Editor} editor @param {string} id @param {string} name */
function toValue(editor, id, name) {
  editor.document.edit("Turn to value", (graph) => turnToWidget(graph, id, name));
}

/** @param {Editor} editor @param {"values" | "turned"} kind @returns {CardInput[]} */
function inputsOf(editor, kind) {
  return [...editor.selection.value].flatMap((id) => {
    const face = shownFace(editor, id);
    return face ? turnableInputs(face)[kind].map((input) => ({ id, card: face.title, input })) : [];
  });
}

/** @param {Editor} editor @param {string} id @returns {Face | undefined} */
function shownFace({ document: open, definitions }, id) {
  const node = findNode(open.graph, id);
  return node && faceOf(open.graph, node, definitions.value);
}

/** The card and the name of the value that has the keyboard's focus. */
function focusedValue() {
  const row = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest(".widget-row"));
  const card = /** @type {HTMLElement | null | undefined} */ (row?.closest(".card"));
  return { id: card?.dataset.node, name: row?.dataset.widget };
}
