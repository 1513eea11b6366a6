// Finding by words: the one rule of every search of the page, so that what is typed without accents finds what has them.
import { corrected } from "./misspelt.js";

const NOT_ASCII = /[^\u0000-\u007f]/;

/** A text as searches compare it: in small letters, without accents, words parted by spaces: "Käse_Straße" is "kase strasse". @param {string} text */
export function folded(text) {
  const letters = NOT_ASCII.test(text) ? text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ß", "ss") : text;
  return letters.toLowerCase().replaceAll("_", " ");
}

/** The words that were typed, folded. @param {string} typed */
export function wordsOf(typed) {
  return folded(typed).split(/\s+/).filter(Boolean);
}

/** Whether a text has all the words, in any order. @param {string} text @param {readonly string[]} words folded */
export function hasWords(text, words) {
  const within = folded(text);
  return words.every((word) => within.includes(word));
}

/**
 * Those of the items whose texts have all the words that were typed; where none has, slips of the fingers are mended.
 * @template T
 * @param {readonly T[]} items
 * @param {string} typed
 * @param {(item: T) => string} textOf
 */
export function findByWords(items, typed, textOf) {
  const words = wordsOf(typed);
  const having = (/** @type {readonly string[]} */ wanted) => items.filter((item) => hasWords(textOf(item), wanted));
  const found = having(words);
  if (found.length || !words.length) return found;
  return having(corrected(words, items.map((item) => folded(textOf(item)).replace(/[^\p{L}\p{N}]+/gu, " "))));
}
