// Text broken into rows where it is drawn rather than laid out by the browser; widths are estimated.

// Scripts that are written without spaces, and signs as wide as theirs (Unicode's East Asian Width).
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const LETTER = 0.55; // of the font's size, as a mean
const WIDE_LETTER = 1;
const CODE = 1.1; // letters of one width are wider than the mean

/** @typedef {{text: string, look: string}} Run words of one look */
/** @typedef {Run[]} Row */

/** How wide a text is, roughly. @param {string} text @param {number} size of the font */
export function widthOf(text, size) {
  return size * [...text].reduce((sum, letter) => sum + (WIDE.test(letter) ? WIDE_LETTER : LETTER), 0);
}

/** The text with … where it is wider than so much. @param {string} text @param {number} width @param {number} size */
export function cut(text, width, size) {
  if (widthOf(text, size) <= width) return text;
  const letters = [...text];
  while (letters.length > 1 && widthOf(`${letters.join("")}…`, size) > width) letters.pop();
  return `${letters.join("")}…`;
}

/**
 * Rows no wider than so much: broken at line breaks and between words, inside a word only where it is wider alone.
 * @param {Run[]} runs
 * @param {number} width
 * @param {number} size
 * @returns {Row[]}
 */
export function rowsOf(runs, width, size) {
  /** @type {Row[]} */
  const rows = [[]];
  let used = 0;
  const turn = () => {
    rows.push([]);
    used = 0;
  };
  const wide = (/** @type {string} */ text, /** @type {string} */ look) => widthOf(text, look === "code" ? size * CODE : size);
  const fits = (/** @type {string} */ text, /** @type {string} */ look, taken = used) => taken + wide(text.trimEnd(), look) <= width;
  const add = (/** @type {string} */ text, /** @type {string} */ look) => {
    const row = rows[rows.length - 1];
    const last = row.at(-1);
    if (last?.look === look) last.text += text;
    else row.push({ text, look });
    used += wide(text, look);
  };
  const take = (/** @type {string} */ piece, /** @type {string} */ look) => {
    if (piece === "\n") return turn();
    if (fits(piece, look)) return add(piece, look);
    if (used) turn();
    if (fits(piece, look, 0)) return piece.trim() ? add(piece, look) : undefined;
    for (const letter of piece) {
      if (used && !fits(letter, look)) turn();
      add(letter, look);
    }
  };
  for (const { text, look } of runs) for (const piece of pieces(text)) take(piece, look);
  return rows;
}

/** Words with the spaces after them, line breaks, and wide letters one by one. @param {string} text */
function pieces(text) {
  return text.match(new RegExp(`\\n|${WIDE.source}|[^\\S\\n]+|(?:(?!${WIDE.source})\\S)+[^\\S\\n]*`, "gu")) ?? [];
}
