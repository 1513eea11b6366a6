// Colours as widgets hold them: text such as #1a2b3c, or a whole number of 24 bits.
/** @import {Widget} from "./schema.js" */

const HEX = /^#?([0-9a-f]{6})$/i;
const SHORT = /^#?([0-9a-f])([0-9a-f])([0-9a-f])$/i;
const MOST = 0xffffff;

/**
 * A colour as #rrggbb in small letters, null where it is none.
 * @param {any} value
 * @returns {string | null}
 */
export function colourAsHex(value) {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 && value <= MOST ? `#${value.toString(16).padStart(6, "0")}` : null;
  const [, r, g, b] = SHORT.exec(String(value)) ?? [];
  const long = r ? `${r}${r}${g}${g}${b}${b}` : HEX.exec(String(value))?.[1];
  return long ? `#${long.toLowerCase()}` : null;
}

/**
 * What the widget stores for a colour as typed: its number where the input is one, else its text; what is no colour as typed.
 * @param {string} typed
 * @param {Pick<Widget, "type">} widget
 * @returns {string | number}
 */
export function fromHex(typed, { type }) {
  const hex = colourAsHex(typed);
  if (hex === null) return typed;
  return type === "INT" ? Number.parseInt(hex.slice(1), 16) : hex;
}
