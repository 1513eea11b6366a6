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
  const written = kind === "lora" ? `${name}${/^:|^>/.test(rest) ? "" : ":1>"}` : name;
  return { text: text.slice(0, from) + written + rest, at: from + written.length };
}
