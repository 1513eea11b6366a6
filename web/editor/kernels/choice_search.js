// Searching the choices of a widget: every word must be there; what begins with it comes first.
import { folded, wordsOf } from "./words.js";

/**
 * @param {any[]} choices
 * @param {string} typed
 * @returns {any[]}
 */
export function searchChoices(choices, typed) {
  const words = wordsOf(typed);
  if (!words.length) return [...choices];
  const found = choices.map((choice) => ({ choice, rank: rank(folded(String(choice)), words) })).filter(({ rank: place }) => place < Infinity);
  return found.sort((a, b) => a.rank - b.rank).map(({ choice }) => choice);
}

/** 0 where the file's name is what was typed, then the beginning of the name, of a word, anywhere. @param {string} name @param {string[]} words */
function rank(name, words) {
  if (!words.every((word) => name.includes(word))) return Infinity;
  const file = name.slice(name.lastIndexOf("/") + 1);
  if (file.replace(/\.\w+$/, "") === words.join(" ")) return 0;
  if (file.startsWith(words[0])) return 1;
  return new RegExp(`(^|[^\\p{L}\\p{N}])${words[0].replace(/[^\p{L}\p{N}]/gu, "\\$&")}`, "u").test(name) ? 2 : 3;
}
