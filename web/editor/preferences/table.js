// The settings that there are. Their names and hints are texts under `setting.` and their id.
import { LANGUAGES } from "../texts/texts.js";

/**
 * @typedef {object} Setting
 * @property {string} id as the server keeps it
 * @property {"look" | "files" | "canvas" | "running" | "packs"} section
 * @property {"choice" | "toggle" | "number" | "slider" | "text" | "colour"} kind
 * @property {any} initial
 * @property {readonly string[]} [choices] named by the texts `setting.ID.CHOICE`
 * @property {number} [min]
 * @property {number} [max]
 * @property {number | "any"} [step]
 * @property {string} [name] said by a pack, whose settings are no texts of the page
 * @property {string} [hint]
 * @property {boolean} [needsReload] whether the page shows it only after a reload
 */

/** @type {readonly Setting[]} */
export const SETTINGS = [
  { id: "skein.theme", section: "look", kind: "choice", initial: "auto", choices: ["auto", "dark", "light", "contrast"] },
  { id: "skein.language", section: "look", kind: "choice", initial: "auto", choices: ["auto", ...Object.keys(LANGUAGES)], needsReload: true },
  { id: "skein.autosave", section: "files", kind: "toggle", initial: false },
  { id: "skein.autosaveSeconds", section: "files", kind: "number", initial: 5, min: 1, max: 600 },
  { id: "skein.linkShape", section: "canvas", kind: "choice", initial: "spline", choices: ["spline", "straight", "square"] },
  { id: "skein.snapToNodes", section: "canvas", kind: "toggle", initial: true },
  { id: "skein.snapToGrid", section: "canvas", kind: "toggle", initial: false },
  { id: "skein.gridStep", section: "canvas", kind: "number", initial: 10, min: 1, max: 200 },
  { id: "skein.minimap", section: "canvas", kind: "toggle", initial: false },
  { id: "skein.wheel", section: "canvas", kind: "choice", initial: "zoom", choices: ["zoom", "pan"] },
];

/** Shortcuts that were changed: command ids and their keys. */
export const SHORTCUTS = "skein.shortcuts";
