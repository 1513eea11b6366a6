// How many tokens prompt texts have, as the server counts them; the last answers are kept.
/** @import {Server} from "./server.js" */
/** @import {TokenCount} from "../kernels/prompt_texts.js" */

const MOST_KEPT = 200;

/** Asks the server once for each text. */
export class TokenCounts {
  /** @type {Map<string, Promise<TokenCount | null>>} */
  #kept = new Map();

  /** @param {Server} server */
  constructor(server) {
    this.server = server;
  }

  /** The length of a text; null where the server cannot say. @param {string} text */
  of(text) {
    const kept = this.#kept.get(text) ?? this.#ask(text);
    this.#kept.delete(text);
    this.#kept.set(text, kept);
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value ?? "");
    return kept;
  }

  /** Ask anew from now on: embeddings may have come or gone. */
  forget() {
    this.#kept.clear();
  }

  /** @param {string} text @returns {Promise<TokenCount | null>} */
  async #ask(text) {
    try {
      return await this.server.countTokens(text);
    } catch {
      // A server that is away now may be there for the next letter.
      this.#kept.delete(text);
      return null;
    }
  }
}
