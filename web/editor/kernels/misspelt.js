// Words typed with a slip of the fingers: the known word that is fewest letters away.

/**
 * The words with each that is in none of the texts replaced by the nearest word of them, where one is near.
 * @param {readonly string[]} words
 * @param {readonly string[]} texts in small letters, their words parted by spaces
 */
export function corrected(words, texts) {
  const known = [...new Set(texts.join(" ").split(" "))];
  return words.map((word) => (known.some((other) => other.includes(word)) ? word : (nearest(word, known) ?? word)));
}

/** @param {string} word @param {readonly string[]} known */
function nearest(word, known) {
  const most = word.length < 4 ? 0 : word.length < 7 ? 1 : 2;
  let [found, least] = [/** @type {string | undefined} */ (undefined), most + 0.5];
  for (const other of known) {
    if (other.length < word.length - most) continue;
    // What is still being typed is the beginning of a word; a whole one counts more.
    const away = Math.min(distance(word, other), distance(word, other.slice(0, word.length)) + 0.25);
    if (away < least) [found, least] = [other, away];
  }
  return found;
}

/**
 * How many letters are to be put in, taken out, changed or exchanged with the next (optimal string alignment).
 * @param {string} a
 * @param {string} b
 */
function distance(a, b) {
  let [older, old] = [/** @type {number[]} */ ([]), Array.from({ length: b.length + 1 }, (_none, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(old[j] + 1, row[j - 1] + 1, old[j - 1] + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], older[j - 2] + 1);
    }
    [older, old] = [old, row];
  }
  return old[b.length];
}
