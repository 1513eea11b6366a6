// Finding a node class by words: exact and prefix matches of its name first, then words within, then descriptions.
import { VIRTUAL_NODES } from "./virtual_nodes.js";
import { areCompatible } from "./types.js";
import { schemaOf } from "./schema.js";
/** @import {NodeDefinition, NodeDefinitions} from "../document/types.js" */

/** @typedef {{type: string, side: "input" | "output"}} Fit the loose end that a found node must take */

/**
 * The best matches, best first.
 * @param {NodeDefinitions} definitions
 * @param {string} query
 * @param {Fit | null} fit
 * @param {number} limit
 * @returns {NodeDefinition[]}
 */
export function searchNodes(definitions, query, fit = null, limit = 50) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const known = fit ? Object.values(definitions) : [...Object.values(definitions), ...Object.values(VIRTUAL_NODES)];
  return known
    .filter((definition) => !fit || takes(definition, fit))
    .map((definition) => ({ definition, score: score(definition, words) }))
    .filter((found) => found.score > 0)
    .sort((a, b) => b.score - a.score || title(a.definition).localeCompare(title(b.definition)))
    .slice(0, limit)
    .map((found) => found.definition);
}

/**
 * Whether a class has a slot for a loose end.
 * @param {NodeDefinition} definition
 * @param {Fit} fit
 */
export function takes(definition, fit) {
  if (fit.side === "input") return (definition.output ?? []).some((type) => areCompatible(String(type), fit.type));
  const { sockets, widgets } = schemaOf(definition);
  return (
    sockets.some((socket) => areCompatible(fit.type, socket.type)) ||
    widgets.some((widget) => widget.sends && fit.type !== "*" && widget.type === fit.type)
  );
}

/** @param {NodeDefinition} definition */
export function title(definition) {
  return definition.display_name || definition.name;
}

/**
 * Every word must be found somewhere; 0 where one is not.
 * @param {NodeDefinition} definition
 * @param {string[]} words
 */
function score(definition, words) {
  const names = [title(definition).toLowerCase(), definition.name.toLowerCase()];
  if (!words.length) return definition.deprecated ? 1 : 2;
  const whole = words.join(" ");
  let total = Math.max(...names.map((name) => nameScore(name, whole)), nameScore(names[1], words.join("")));
  for (const word of words) {
    const best = Math.max(...names.map((name) => nameScore(name, word)), initialsScore(definition, word), detailScore(definition, word));
    if (!best) return 0;
    total += best / words.length;
  }
  return definition.deprecated ? total / 4 : total - names[0].length / 100;
}

/** @param {string} name @param {string} word */
function nameScore(name, word) {
  if (name === word) return 100;
  if (name.startsWith(word)) return 70;
  const at = name.indexOf(word);
  if (at < 0) return 0;
  return /[\s(_-]/.test(name[at - 1]) ? 50 : 30;
}

/** Letters in capitals: "ks" finds KSampler, "lc" LoadCheckpoint. @param {NodeDefinition} definition @param {string} word */
function initialsScore(definition, word) {
  const initials = title(definition).replace(/[^A-Z]/g, "").toLowerCase();
  return word.length > 1 && initials.startsWith(word) ? 35 : 0;
}

/** @param {NodeDefinition} definition @param {string} word */
function detailScore(definition, word) {
  const aliases = (definition.search_aliases ?? []).join(" ").toLowerCase();
  if (aliases.includes(word)) return 25;
  if ((definition.category ?? "").toLowerCase().includes(word)) return 15;
  const { sockets, widgets } = schemaOf(definition);
  const slots = [...sockets.map((socket) => socket.name + socket.type), ...widgets.map((widget) => widget.name), ...(definition.output ?? [])];
  if (slots.join(" ").toLowerCase().includes(word)) return 10;
  return (definition.description ?? "").toLowerCase().includes(word) ? 6 : 0;
}
