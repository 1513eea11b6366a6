// Completing names in a prompt: of embeddings after `embedding:`, of LoRAs after `<lora:`.

/** @typedef {"embedding" | "lora"} CompletedKind */
/** @typedef {{kind: CompletedKind, typed: string, from: number, to: number}} Completion what was typed of the name, and where it stands */

const BEGUN = /(?:(embedding):|<(lora):)([^\s,:()<>]*)$/i;

/**
 * What the cursor stands in, null where there is nothing to complete.
 * @param {string} text
 * @param {number} at the cursor
 * @returns {Completion | null}
 */
export function completionAt(text, at) {
  const found = text.slice(0, at).match(BEGUN);
  if (!found) return null;
  const typed = found[3];
  return { kind: found[1] ? "embedding" : "lora", typed, from: at - typed.length, to: at };
}

/**
 * The text with the name put in, and where the cursor stands then.
 * @param {string} text
 * @param {Completion} completion
 * @param {string} name
 * @returns {{text: string, at: number}}
 */
export function complete(text, { kind, from, to }, name) {
  const rest = text.slice(to);
  const escaped = name.replace(/[()]/g, "\\$&");
  const written = kind === "lora" ? `${name}${/^:|^>/.test(rest) ? "" : ":1>"}` : escaped;
  return { text: text.slice(0, from) + written + rest, at: from + written.length };
}

const MOST_WORDS = 8;

/**
 * Whether a prompt can name an embedding: the server takes the shortest of the names that a text begins with.
 * @param {string} name
 * @param {string[]} names of all embeddings
 */
export function canBeSaid(name, names) {
  const words = name.split(" ");
  const isTakenBefore = words.some((_word, index) => index > 0 && names.includes(words.slice(0, index).join(" ").replace(/^,+|,+$/g, "")));
  return !isTakenBefore && words.length <= MOST_WORDS && !/^,|,$|^ | $| {2}|[^\S ]/.test(name);
}
