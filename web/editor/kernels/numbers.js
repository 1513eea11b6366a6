// Numbers as typed into a widget: parsed (with + - * / and brackets), held to the declared range, stepped.
import { wrongValue } from "./wrong_values.js";
/** @import {Widget} from "./schema.js" */

/**
 * Read what was typed. Whole numbers beyond 2^53 are BigInt.
 * @param {string} text
 * @param {Pick<Widget, "kind" | "options" | "choices">} widget
 * @returns {{value: number | bigint | string, problem: string}} problem is "" where the value can be used; what is no number stays as typed
 */
export function parseNumber(text, widget) {
  const trimmed = text.trim();
  /** @type {number | bigint} */
  let value = /^-?\d+$/.test(trimmed) && !Number.isSafeInteger(Number(trimmed)) ? BigInt(trimmed) : calculate(trimmed);
  if (typeof value === "number" && !Number.isFinite(value)) return { value: trimmed, problem: wrongValue(trimmed, widget) };
  if (widget.kind === "int" && typeof value === "number") value = wholeNumber(trimmed, value);
  return { value, problem: wrongValue(value, widget) };
}

/** A result as a whole number, exact also beyond 2^53 where nothing but whole numbers are added and multiplied. @param {string} text @param {number} result */
function wholeNumber(text, result) {
  if (Number.isSafeInteger(Math.round(result)) || !/^[\d\s+*()-]+$/.test(text)) return Math.round(result);
  return calculate(text, BigInt);
}

/** A number as it is read: what binary fractions leave behind the twelfth digit is dust (0.87, not 0.8700000000000001). @param {any} value */
export function numberText(value) {
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(12))) : String(value);
}

/**
 * The value a number of steps up or down, within the range.
 * @param {any} value
 * @param {number} steps
 * @param {Pick<Widget, "kind" | "options">} widget
 */
export function stepNumber(value, steps, widget) {
  const { min = -Infinity, max = Infinity } = widget.options;
  const step = Number(widget.options.step ?? (widget.kind === "int" ? 1 : 0.1)) || 1;
  const from = Number.isFinite(Number(value)) ? Number(value) : 0;
  const digits = Math.max(decimals(step), decimals(from));
  const next = Number((from + steps * step).toFixed(Math.min(digits, 12)));
  return Math.min(Math.max(next, Number(min)), Number(max));
}

/** @param {number} value */
function decimals(value) {
  const text = String(value);
  if (text.includes("e-")) return Number(text.split("e-")[1]);
  return text.includes(".") ? text.length - text.indexOf(".") - 1 : 0;
}

/**
 * The value of an arithmetic expression, NaN where it is none.
 * @param {string} text
 * @param {(digits: string) => any} [read] one number of it
 * @returns {any} what `read` gives, or NaN
 */
export function calculate(text, read = Number) {
  const tokens = text.replaceAll(",", ".").match(/\d*\.?\d+(?:e[+-]?\d+)?|\d+\.|[-+*/()]|\S/gi) ?? [];
  let at = 0;
  const sum = () => {
    let total = product();
    while (tokens[at] === "+" || tokens[at] === "-") total += tokens[at++] === "+" ? product() : -product();
    return total;
  };
  const product = () => {
    let total = factor();
    while (tokens[at] === "*" || tokens[at] === "/") total = tokens[at++] === "*" ? total * factor() : total / factor();
    return total;
  };
  /** @returns {any} */
  const factor = () => {
    const token = tokens[at++];
    if (token === "-") return -factor();
    if (token === "+") return factor();
    if (token !== "(") return token === undefined ? NaN : read(token);
    const inner = sum();
    return tokens[at++] === ")" ? inner : NaN;
  };
  const value = sum();
  return at === tokens.length ? value : NaN;
}
