// The colours of nodes as a theme shows them: files name colours for dark cards and a few that no letters can be read on, so
// lightness is brought into a range and chroma scaled, both in OKLCH (Ottosson 2020, "A perceptual color space").
import { colourAsHex } from "./colours.js";
/** @import {Theme} from "../view/theme.js" */

/**
 * How a theme shows a colour that a file names.
 * @typedef {object} Tint
 * @property {number} least OKLCH lightness, 0 to 1
 * @property {number} most
 * @property {number} chroma factor
 * @property {number} strength 0 to 1: how much of the ground it covers
 */

/**
 * @param {string} colour "#rgb" or "#rrggbb"; other forms are returned as they are
 * @param {string} ground "#rrggbb", what it is mixed with
 * @param {Tint} tint
 */
export function tinted(colour, ground, tint) {
  const [given, under] = [channels(colour), channels(ground)];
  if (!given || !under) return colour;
  const [lightness, a, b] = toLab(given);
  const shown = fromLab([Math.min(tint.most, Math.max(tint.least, lightness)), a * tint.chroma, b * tint.chroma]);
  return `#${shown.map((value, index) => hex(value * tint.strength + under[index] * (1 - tint.strength))).join("")}`;
}

/**
 * The colours of a node's title and body.
 * @param {{color?: string, bgcolor?: string}} node
 * @param {boolean} isUnknown whether nobody knows its class
 * @param {Theme} theme
 */
export function nodeColours({ color, bgcolor }, isUnknown, theme) {
  if (isUnknown) return { title: theme.dangerGround, body: theme.dangerGround };
  const [title, body] = [color ?? bgcolor, bgcolor ?? color];
  return { title: title ? theme.tinted(title, "title") : theme.title, body: body ? theme.tinted(body, "card") : theme.card };
}

/** @param {string} colour @returns {number[] | null} red, green and blue, 0 to 1 */
function channels(colour) {
  const digits = colour.startsWith("#") ? colourAsHex(colour) : null;
  return !digits ? null : [1, 3, 5].map((at) => parseInt(digits.slice(at, at + 2), 16) / 255);
}

/** @param {number} value 0 to 1 */
function hex(value) {
  return Math.round(255 * Math.min(1, Math.max(0, value))).toString(16).padStart(2, "0");
}

/** @param {number[]} rgb */
function toLab(rgb) {
  const [r, g, b] = rgb.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** @param {number[]} lab */
function fromLab([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((value) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}
