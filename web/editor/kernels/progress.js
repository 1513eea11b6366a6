// How far the running prompt is, how fast, and how long it will take.
import { cardsOf } from "./run_cards.js";
import { runningPrompt } from "./run_state.js";
/** @import {NodeRun} from "./run_cards.js" */
/** @import {RunState} from "./run_state.js" */

const LEAST_MS = 400;

/**
 * @typedef {object} Progress
 * @property {number} share 0 to 1 of the whole prompt
 * @property {string | null} node the card that runs
 * @property {number} value steps done of it, 0 where it tells none
 * @property {number} max
 * @property {number | null} perSecond its steps in a second
 * @property {number | null} secondsLeft of the whole prompt; null while nothing is known to go by
 */

/**
 * The progress of the prompt that runs; null where none does. A card weighs what it took last time; one that has not
 * run yet weighs as much as the others on average.
 * @param {RunState} state
 * @param {number} now milliseconds
 * @returns {Progress | null}
 */
export function progressOf(state, now = Date.now()) {
  const running = runningPrompt(state);
  if (!running) return null;
  const cards = cardsOf(state, running.workflow);
  const durations = state.durations[running.workflow] ?? {};
  const ids = state.parts[running.promptId] ?? Object.keys(cards);
  const weight = weigher(ids.filter((id) => cards[id]?.state !== "cached"), durations);
  let [whole, done] = [0, 0];
  for (const id of ids) {
    whole += weight(id);
    done += weight(id) * shareOf(cards[id]);
  }
  const card = running.node === null ? undefined : cards[running.node];
  const perSecond = speedOf(card, running.pace, now);
  return {
    share: whole ? done / whole : 0,
    node: running.node,
    value: card?.value ?? 0,
    max: card?.max ?? 0,
    perSecond,
    secondsLeft: secondsLeft(ids.filter((id) => cards[id]?.state === "waiting"), card, perSecond, durations),
  };
}

/** @param {number} perSecond */
export function speedWords(perSecond) {
  return perSecond >= 1 ? `${perSecond.toFixed(1)} it/s` : `${(1 / perSecond).toFixed(1)} s/it`;
}

/** Seconds as "8 s", "2:05 min" or "1:02:09 h". @param {number} seconds */
export function durationWords(seconds) {
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)} h` : `${minutes}:${two(rest)} min`;
}

/** @param {string[]} ids @param {Record<string, number>} durations */
function weigher(ids, durations) {
  const known = ids.map((id) => durations[id]).filter((took) => took > 0);
  const usual = known.length ? known.reduce((sum, took) => sum + took, 0) / known.length : 1;
  return (/** @type {string} */ id) => durations[id] || usual;
}

/** @param {NodeRun | undefined} card */
function shareOf(card) {
  if (card?.state === "finished" || card?.state === "cached") return 1;
  return card?.state === "running" && card.max ? (card.value ?? 0) / card.max : 0;
}

/** @param {NodeRun | undefined} card @param {{value: number, at: number} | null} pace @param {number} now */
function speedOf(card, pace, now) {
  const steps = pace ? (card?.value ?? 0) - pace.value : 0;
  const took = pace ? now - pace.at : 0;
  return steps > 0 && took >= LEAST_MS ? (1000 * steps) / took : null;
}

/**
 * @param {string[]} waiting
 * @param {NodeRun | undefined} card
 * @param {number | null} perSecond
 * @param {Record<string, number>} durations
 */
function secondsLeft(waiting, card, perSecond, durations) {
  if (perSecond === null || !card?.max) return null;
  const others = waiting.reduce((sum, id) => sum + (durations[id] ?? 0), 0);
  return (card.max - (card.value ?? 0)) / perSecond + others / 1000;
}
