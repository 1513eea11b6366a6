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
 * The progress of the prompt that runs; null where none does.
 * @param {RunState} state
 * @param {number} now milliseconds
 * @returns {Progress | null}
 */
export function progressOf(state, now = Date.now()) {
  const running = runningPrompt(state);
  if (!running) return null;
  const card = running.node === null ? undefined : cardsOf(state, running.workflow)[running.node];
  const perSecond = speedOf(card, running.pace, now);
  return {
    share: running.share,
    node: running.node,
    value: card?.value ?? 0,
    max: card?.max ?? 0,
    perSecond,
    secondsLeft: perSecond === null || !card?.max ? null : (card.max - (card.value ?? 0)) / perSecond + running.secondsAhead,
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

/** @param {NodeRun | undefined} card @param {{value: number, at: number} | null} pace @param {number} now */
function speedOf(card, pace, now) {
  const steps = pace ? (card?.value ?? 0) - pace.value : 0;
  const took = pace ? now - pace.at : 0;
  return steps > 0 && took >= LEAST_MS ? (1000 * steps) / took : null;
}
