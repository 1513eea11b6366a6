// A refused prompt in words: which card and which input is wrong, and what to do about it.
import { cardsAlong } from "./run_cards.js";
/** @import {CardError} from "./run_cards.js" */

/** @type {Record<string, (error: any) => string>} */
const WORDS = {
  required_input_missing: (error) => `${name(error)} is not connected.`,
  bad_linked_input: (error) => `${name(error)} has a link that cannot be read. Connect it again.`,
  return_type_mismatch: (error) =>
    `${name(error)} takes ${declared(error)}, but is fed ${error.extra_info?.received_type ?? "another type"}.`,
  invalid_input_type: (error) => `${name(error)} cannot be read as ${declared(error)}: ${received(error)}.`,
  value_smaller_than_min: (error) => `${name(error)} is ${received(error)}, below the least value ${limit(error, "min")}.`,
  value_bigger_than_max: (error) => `${name(error)} is ${received(error)}, above the greatest value ${limit(error, "max")}.`,
  value_not_in_list: (error) => `${name(error)}: “${received(error)}” is not on this server. Choose another.`,
};

/**
 * Errors by card from the `node_errors` of an answer to `/prompt`.
 * @param {Record<string, {errors?: any[], class_type?: string}>} nodeErrors
 * @returns {Record<string, CardError>}
 */
export function cardErrors(nodeErrors) {
  /** @type {Record<string, CardError>} */
  const cards = {};
  for (const [id, { errors = [] }] of Object.entries(nodeErrors ?? {})) {
    for (const key of cardsAlong(id)) {
      const card = (cards[key] ??= { message: "", details: "", inputs: {} });
      for (const error of errors) {
        const words = WORDS[error.type]?.(error) ?? plainWords(error);
        card.message = card.message ? `${card.message}\n${words}` : words;
        const input = error.extra_info?.input_name;
        if (input) card.inputs[input] = words;
      }
    }
  }
  return cards;
}

/** @param {any} error */
function plainWords(error) {
  const message = error.message ?? error.type ?? "Something is wrong here.";
  return error.details ? `${message}: ${error.details}` : message;
}

/** @param {any} error */
function name(error) {
  return String(error.extra_info?.input_name ?? error.details ?? "An input");
}

/** @param {any} error */
function received(error) {
  return String(error.extra_info?.received_value);
}

/** @param {any} error */
function declared(error) {
  const type = error.extra_info?.input_config?.[0];
  return Array.isArray(type) ? "one of its choices" : String(type ?? "its type");
}

/** @param {any} error @param {"min" | "max"} bound */
function limit(error, bound) {
  return error.extra_info?.input_config?.[1]?.[bound] ?? "";
}
