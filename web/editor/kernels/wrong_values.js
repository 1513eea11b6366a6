// Whether a widget's value can be used, and in words why not: known before anything is queued.
import { say } from "../texts/texts.js";
import { colourAsHex } from "./colours.js";
import { UPLOADS } from "./schema.js";
import { widgetValue } from "./widget_values.js";
/** @import {WorkflowNode} from "../document/types.js" */
/** @import {Face} from "./faces.js" */
/** @import {Widget} from "./schema.js" */

/** The file is in another folder than the choices; only the server can tell whether it is there. */
const ELSEWHERE = / \[(input|output|temp)\]$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @type {Partial<Record<import("./schema.js").WidgetKind, (value: any, widget: Pick<Widget, "kind" | "options" | "choices">) => string>>} */
const CHECKS = { int: wrongNumber, float: wrongNumber, choice: wrongChoice, control: wrongChoice, colour: wrongColour };

/**
 * Why a value cannot be used, "" where it can.
 * @param {any} value
 * @param {Pick<Widget, "kind" | "options" | "choices">} widget
 */
export function wrongValue(value, widget) {
  return CHECKS[widget.kind]?.(value, widget) ?? "";
}

/**
 * The widgets of a node whose own values cannot be used; what a link feeds is not asked.
 * @param {WorkflowNode} node
 * @param {Face} face
 * @returns {{widget: Widget, problem: string}[]}
 */
export function wrongWidgets(node, face) {
  const isFed = (/** @type {Widget} */ widget) => face.inputs.some((input) => input.isWidget && input.name === widget.name && input.link !== null);
  return face.widgets
    .filter((widget) => !isFed(widget))
    .map((widget) => ({ widget, problem: wrongValue(widgetValue(node, widget), widget) }))
    .filter(({ problem }) => problem);
}

/** @param {any} value @param {Pick<Widget, "kind" | "options">} widget */
function wrongNumber(value, { kind, options: { min, max } }) {
  const number = typeof value === "bigint" ? value : toNumber(value);
  if (typeof number === "number" && !Number.isFinite(number)) return say("widget.no-number", { value: String(value ?? "") });
  if (kind === "int" && typeof number === "number" && !Number.isInteger(number)) return say("widget.not-whole");
  if (min !== undefined && number < min) return say("widget.below", { limit: String(min) });
  if (max !== undefined && number > max) return say("widget.above", { limit: String(max) });
  return "";
}

/** Only what is a number or reads as one to the server too, which knows no 0x10. @param {any} value */
function toNumber(value) {
  if (typeof value === "string") return DECIMAL.test(value.trim()) ? Number(value) : NaN;
  return typeof value === "number" || typeof value === "boolean" ? Number(value) : NaN;
}

/** @param {any} value @param {Pick<Widget, "choices" | "options">} widget */
function wrongChoice(value, { choices, options }) {
  if (choices.some((choice) => String(choice) === String(value))) return "";
  if (UPLOADS.some((flag) => options[flag]) && ELSEWHERE.test(String(value))) return "";
  return value === undefined || value === "" ? say("widget.nothing-to-choose") : say("widget.not-here", { value: String(value) });
}

/** @param {any} value */
function wrongColour(value) {
  return colourAsHex(value) === null ? say("widget.no-colour", { value: String(value ?? "") }) : "";
}
