// A refused prompt in words: which card and which input is wrong, and what to do about it.
import { say } from "../texts/texts.js";
import { cardsAlong } from "./run_cards.js";
/** @import {CardError} from "./run_cards.js" */

/** @type {Record<string, (error: any) => string>} */
const WORDS = {
  required_input_missing: (error) => say("refusal.unconnected", { name: name(error) }),
  bad_linked_input: (error) => say("refusal.bad-link", { name: name(error) }),
  return_type_mismatch: (error) =>
    say("refusal.type", { name: name(error), wanted: declared(error), given: error.extra_info?.received_type ?? say("refusal.another-type") }),
  invalid_input_type: unreadable,
  value_smaller_than_min: (error) => say("refusal.below", { name: name(error), value: received(error), limit: limit(error, "min") }),
  value_bigger_than_max: (error) => say("refusal.above", { name: name(error), value: received(error), limit: limit(error, "max") }),
  custom_validation_failed: ({ details = "", ...error }) => details.replace(/^(\w+) - /, "$1: ") || plainWords(error),
  value_not_in_list: (error) => say("refusal.not-here", { name: name(error), value: received(error) }),
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

// A type's name says little to whoever typed a number.
/** @type {Record<string, import("../texts/texts.js").TextKey>} */
const UNREADABLE = { INT: "refusal.no-integer", FLOAT: "refusal.no-number" };

/** @param {any} error */
function unreadable(error) {
  const value = received(error);
  if (!value.trim()) return say("refusal.empty", { name: name(error) });
  return say(UNREADABLE[declared(error)] ?? "refusal.unreadable", { name: name(error), wanted: declared(error), value });
}

/** @param {any} error */
function plainWords(error) {
  const message = error.message ?? error.type ?? say("refusal.something");
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
