// Finding a node class by words, in any order: exact and prefix matches of its name first, then words within, then what
// else is said of it. Where nothing matches, slips of the fingers are mended. Of equal ones those that are used most come first, and what is being tested or given up comes last.
import { corrected } from "./misspelt.js";
import { classTitle } from "./titles.js";
import { VIRTUAL_NODES } from "./virtual_nodes.js";
import { areCompatible } from "./types.js";
import { schemaOf } from "./schema.js";
import { folded } from "./words.js";
/** @import {NodeDefinition, NodeDefinitions} from "../document/types.js" */

/** @typedef {{type: string, side: "input" | "output", isWidget?: boolean}} Fit the loose end that a found node must take; whether it is a widget's */

/** What workflows of Stable Diffusion consist of, the most frequent first. */
const COMMON = [
  "KSampler", "CLIPTextEncode", "VAEDecode", "EmptyLatentImage", "CheckpointLoaderSimple", "LoadImage", "SaveImage", "LoraLoader",
  "PreviewImage", "VAEEncode", "VAELoader", "ControlNetLoader", "ControlNetApplyAdvanced", "LatentUpscaleBy", "ImageScale",
  "ImageUpscaleWithModel", "UpscaleModelLoader", "KSamplerAdvanced", "VAEEncodeForInpaint", "LoadImageMask", "LoraLoaderModelOnly",
  "ImageScaleBy", "LatentUpscale", "CLIPSetLastLayer", "SamplerCustom", "KSamplerSelect", "BasicScheduler",
];
/** Words that join others: where nothing has them they do not matter. */
const JOINING = new Set(["a", "an", "and", "as", "by", "for", "from", "in", "into", "of", "on", "the", "to", "with"]);
const BONUS = 30;
const APT = new Map([[VIRTUAL_NODES.PrimitiveNode, 3], [VIRTUAL_NODES.Reroute, 1.7]]);
const CLASS_NAME = 0.85;

/**
 * The best matches, best first.
 * @param {NodeDefinitions} definitions
 * @param {string} query
 * @param {readonly Fit[]} fits all of which a class must have a slot for
 * @param {number} limit
 * @returns {NodeDefinition[]}
 */
export function searchNodes(definitions, query, fits = [], limit = 50) {
  const words = plain(query).split(" ").filter(Boolean);
  const known = [...Object.values(definitions), ...Object.values(VIRTUAL_NODES)];
  const taking = known.filter((definition) => fits.every((fit) => takes(definition, fit) && (definition !== VIRTUAL_NODES.PrimitiveNode || fit.isWidget)));
  const found = ranked(taking, words, fits);
  if (found.length || !words.length) return found.slice(0, limit);
  const meant = corrected(words, known.flatMap((definition) => Object.values(namesOf(definition))));
  return (meant.join() === words.join() ? found : ranked(taking, meant, fits)).slice(0, limit);
}

/** @param {NodeDefinition[]} definitions @param {string[]} words @param {readonly Fit[]} fits @returns {NodeDefinition[]} */
function ranked(definitions, words, fits) {
  return definitions
    .map((definition) => ({ definition, title: classTitle(definition), score: score(definition, words) }))
    .filter((found) => found.score > 0)
    .map((found) => ({ ...found, score: found.score + BONUS * (commonness(found.definition) + (fits.length ? aptness(found.definition, fits) : 0)) }))
    .sort((a, b) => b.score - a.score || a.title.localeCompare(b.title))
    .map((found) => found.definition);
}

/**
 * Whether a class has a slot for a loose end.
 * @param {NodeDefinition} definition
 * @param {Fit} fit
 * @param {boolean} isExact whether a slot for just anything does not count
 */
export function takes(definition, fit, isExact = false) {
  const fits = (/** @type {string} */ type) => areCompatible(fit.type, type) && !(isExact && type === "*");
  if (fit.side === "input") return (definition.output ?? []).some((type) => fits(String(type)));
  const { sockets, widgets } = schemaOf(definition);
  return (
    sockets.some((socket) => fits(socket.type)) ||
    widgets.some((widget) => widget.sends && fit.type !== "*" && widget.type === fit.type)
  );
}

/** What a loose end speaks for: slots of just its type; the editor's own nodes have none, and yet are what is often meant. @param {NodeDefinition} definition @param {readonly Fit[]} fits */
function aptness(definition, fits) {
  return APT.get(definition) ?? fits.filter((fit) => takes(definition, fit, true)).length;
}

/**
 * How near at hand a class is to be: from 1 for the most used ones, down by each folder of its category.
 * @param {NodeDefinition} definition
 */
function commonness({ name, category = "", deprecated, experimental }) {
  if (deprecated) return -3;
  if (experimental || /testing|debug|deprecated/.test(category)) return -2;
  const place = COMMON.indexOf(name);
  return place < 0 ? -0.25 * category.split("/").length : 1 - place / COMMON.length;
}

/**
 * Every word must be found somewhere; 0 where one is not.
 * @param {NodeDefinition} definition
 * @param {string[]} words
 */
function score(definition, words) {
  if (!words.length) return 1;
  const names = namesOf(definition);
  const details = detailsOf(definition);
  let total = Math.max(namesScore(names, words.join(" ")), namesScore(names, words.join("")));
  for (const word of words) {
    const best = Math.max(namesScore(names, word), initialsScore(definition, word), detailScore(details, word));
    if (!best && !(words.length > 1 && JOINING.has(word))) return 0;
    total += best / words.length;
  }
  // What is given up, and what other nodes put into a run: nobody wires it.
  const isSeldom = definition.deprecated || definition.category?.endsWith("/inner");
  return Math.max(0.01, isSeldom ? total / 4 : total - names.shown.length / 100);
}

/** Folded, without punctuation, in one of the spellings that differ by country. @param {string} text */
function plain(text) {
  return folded(text).replace(/[^\p{L}\p{N}]+/gu, " ").replaceAll("colour", "color").replaceAll("grey", "gray").trim();
}

/** @typedef {{shown: string, capitals: string, stored: string}} Names as shown, the same with each capital begun anew, and the class's name */

/** @param {NodeDefinition} definition @returns {Names} */
function namesOf(definition) {
  const title = classTitle(definition);
  return { shown: plain(title), capitals: plain(title.replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")), stored: plain(definition.name) };
}

/** What is not shown counts less, unless it is all that is asked for. @param {Names} names @param {string} word */
function namesScore({ shown, capitals, stored }, word) {
  const hidden = nameScore(stored, word);
  return Math.max(nameScore(shown, word), Math.min(50, nameScore(capitals, word)), hidden === 100 ? hidden : CLASS_NAME * hidden);
}

/** @param {string} name @param {string} word */
function nameScore(name, word) {
  if (!name) return 0;
  if (name === word) return 100;
  if (name.startsWith(word)) return 70;
  const at = name.indexOf(word);
  if (at < 0) return 0;
  return name[at - 1] === " " ? 50 : 30;
}

/** Letters in capitals: "ks" finds KSampler, "lc" LoadCheckpoint. @param {NodeDefinition} definition @param {string} word */
function initialsScore(definition, word) {
  const initials = classTitle(definition).replace(/[^A-Z]/g, "").toLowerCase();
  return word.length > 1 && initials.startsWith(word) ? 35 : 0;
}

/** What is said of a class beside its name, and what a word is worth that is found there. @param {NodeDefinition} definition @returns {[number, string][]} */
function detailsOf(definition) {
  const { sockets, widgets } = schemaOf(definition);
  const slots = [...sockets.map((socket) => `${socket.name} ${socket.type}`), ...widgets.map((widget) => widget.name), ...(definition.output ?? [])];
  return [
    [45, plain((definition.search_aliases ?? []).join(" "))],
    [15, plain(definition.category ?? "")],
    [10, plain(slots.join(" "))],
    [6, plain(definition.description ?? "")],
  ];
}

/** @param {[number, string][]} details @param {string} word */
function detailScore(details, word) {
  return details.find(([, text]) => text.includes(word))?.[0] ?? 0;
}
