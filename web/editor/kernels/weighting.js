// Prompt weights by key: Ctrl and an arrow strengthen or weaken the marked words, or the word at the cursor.

const STEP = 0.05;
const WEIGHTED = /^\((.*):(-?\d*\.?\d+)\)$/s;

/**
 * @param {string} text
 * @param {number} start of what is marked
 * @param {number} end
 * @param {number} direction 1 strengthens, -1 weakens
 * @returns {{text: string, start: number, end: number}} with the weighted words marked
 */
export function weigh(text, start, end, direction) {
  const [from, to] = reach(text, start, end);
  const chosen = text.slice(from, to);
  if (!chosen.trim()) return { text, start, end };
  const known = chosen.match(WEIGHTED);
  const words = known ? known[1] : chosen;
  const weight = Math.round(((known ? Number(known[2]) : 1) + direction * STEP) * 100) / 100;
  const written = weight === 1 ? words : `(${words}:${weight})`;
  return { text: text.slice(0, from) + written + text.slice(to), start: from, end: from + written.length };
}

/** What the keys act on: the brackets around the cursor, the marked words, or the word at the cursor. @param {string} text @param {number} start @param {number} end */
function reach(text, start, end) {
  const around = bracketAround(text, start, end);
  if (around) return around;
  if (start !== end) return trimmed(text, start, end);
  const isWord = (/** @type {string} */ letter) => letter !== undefined && /[^\s,.()[\]{}]/.test(letter);
  let [from, to] = [start, end];
  while (isWord(text[from - 1])) from -= 1;
  while (isWord(text[to])) to += 1;
  return [from, to];
}

/** The weighted bracket that holds the place, brackets included. @param {string} text @param {number} start @param {number} end */
function bracketAround(text, start, end) {
  const from = text[start] === "(" && start < end ? start : text.lastIndexOf("(", Math.max(start - 1, 0));
  const to = text.indexOf(")", Math.max(end - 1, from));
  if (from < 0 || to < end - 1 || from > start) return null;
  const inside = text.slice(from, to + 1);
  return WEIGHTED.test(inside) && !/[()]/.test(inside.slice(1, -1)) && to >= start ? [from, to + 1] : null;
}

/** @param {string} text @param {number} start @param {number} end */
function trimmed(text, start, end) {
  let [from, to] = [start, end];
  while (from < to && /\s/.test(text[from])) from += 1;
  while (to > from && /\s/.test(text[to - 1])) to -= 1;
  return [from, to];
}
