// Which of the names that there are come near one that there is not.

/**
 * Names by likeness, the nearest first.
 * @param {string} wanted
 * @param {readonly string[]} names
 * @param {number} [least] 0 to 1, the likeness from which a name counts
 * @returns {string[]}
 */
export function nearestNames(wanted, names, least = 0.34) {
  const pairs = pairsOf(wanted);
  const rated = names.map((name) => ({ name, likeness: likeness(pairs, pairsOf(name)) }));
  return rated.filter((item) => item.likeness >= least).sort((a, b) => b.likeness - a.likeness).map((item) => item.name);
}

/** Dice's coefficient of the pairs of letters (Dice 1945). @param {Map<string, number>} a @param {Map<string, number>} b */
function likeness(a, b) {
  let shared = 0;
  for (const [pair, count] of a) shared += Math.min(count, b.get(pair) ?? 0);
  const all = sum(a) + sum(b);
  return all ? (2 * shared) / all : 0;
}

/** Pairs of neighbouring letters and digits; the folder and the ending do not count. @param {string} name */
function pairsOf(name) {
  const letters = name.replace(/^.*[\\/]/, "").replace(/\.(safetensors|ckpt|pth|pt|bin|gguf|png|jpe?g|webp)$/i, "").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  /** @type {Map<string, number>} */
  const pairs = new Map();
  for (let at = 0; at + 1 < letters.length; at += 1) {
    const pair = letters.slice(at, at + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}

/** @param {Map<string, number>} counts */
function sum(counts) {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
