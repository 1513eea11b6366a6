// Waiting for packs' code, which may never come to an end.
import { say } from "../texts/texts.js";

export const PATIENCE_MS = 10_000;

/**
 * What a promise of a pack gives, if it gives it in time.
 * @template T
 * @param {T | Promise<T>} answer
 * @param {number} patience milliseconds
 * @returns {Promise<T>}
 * @throws {Error} where it has not ended by then
 */
export function inTime(answer, patience = PATIENCE_MS) {
  if (!(answer instanceof Promise)) return Promise.resolve(answer);
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(say("packs.late", { count: Math.round(patience / 1000) }))), patience);
    answer.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
