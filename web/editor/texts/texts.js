// The words of the page in the chosen language: every text has a key, English is complete and stands in for gaps.
import { ENGLISH } from "./english.js";

/** @typedef {keyof typeof ENGLISH | keyof typeof import("./english_files.js").ENGLISH_FILES | keyof typeof import("./english_packs.js").ENGLISH_PACKS} TextKey */

/** The languages that the page speaks, by code, each named in itself. */
export const LANGUAGES = /** @type {const} */ ({ en: "English", de: "Deutsch" });

/** @typedef {keyof typeof LANGUAGES} Language */

/** @type {Partial<Record<string, string>>} */
let chosen = ENGLISH;
/** Texts that are learned later, each in the chosen language. @type {Partial<Record<string, string>>} */
const learned = {};
/** @type {Language} */
let language = "en";

/** @returns {Language} */
export function currentLanguage() {
  return language;
}

/** Know more texts from now on. @param {Record<string, string>} texts */
export function learn(texts) {
  Object.assign(learned, texts);
}

/**
 * Speak another language from now on; what is on the page already stays as it is.
 * @param {Language} code
 */
export async function speak(code) {
  chosen = code === "de" ? (await import("./german.js")).GERMAN : ENGLISH;
  language = code;
  document.documentElement.lang = code;
}

/**
 * The language to speak: the one that was chosen, or the first of the browser's that is known.
 * @param {string} choice a code, or "auto"
 * @param {readonly string[]} preferred such as navigator.languages
 * @returns {Language}
 */
export function pickLanguage(choice, preferred) {
  const codes = [choice, ...preferred.map((tag) => tag.slice(0, 2).toLowerCase())];
  return /** @type {Language} */ (codes.find((code) => code in LANGUAGES) ?? "en");
}

/**
 * A text of the page. `{name}` in it is replaced by the value of that name; with a value `count` of 1 the text under
 * the key followed by `.one` is taken where there is one.
 * @param {TextKey} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  const text = (values.count === 1 && find(`${key}.one`)) || find(key) || key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * The text under a key that is made up as the page runs, or the words that stand in for it.
 * @param {string} key
 * @param {string} otherwise
 */
export function sayOr(key, otherwise) {
  return find(key) ?? otherwise;
}

/** @param {string} key @returns {string | undefined} */
function find(key) {
  return chosen[key] ?? learned[key] ?? /** @type {Partial<Record<string, string>>} */ (ENGLISH)[key];
}
