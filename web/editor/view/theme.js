// Colours for what the canvas paints, read from the page's custom properties.
import { tinted } from "../kernels/tints.js";

const KNOWN_TYPES = [
  "MODEL", "CLIP", "VAE", "CONDITIONING", "LATENT", "IMAGE", "MASK", "CONTROL_NET", "STYLE_MODEL", "CLIP_VISION",
  "CLIP_VISION_OUTPUT", "UPSCALE_MODEL", "SAMPLER", "SIGMAS", "NOISE", "GUIDER", "INT", "FLOAT", "STRING", "BOOLEAN",
];

/**
 * @typedef {object} Theme
 * @property {string} ground
 * @property {string} field
 * @property {string} card
 * @property {string} title
 * @property {string} outline
 * @property {string} accent
 * @property {string} danger
 * @property {string} success
 * @property {string} text
 * @property {string} muted
 * @property {string} group
 * @property {string} font
 * @property {string} dangerGround
 * @property {(colour: string, part: "card" | "title") => string} tinted a colour that a file gives a node, as it is shown
 * @property {Record<string, string>} types
 */

/** Thousands of boxes have a few colours, and are painted anew in each frame. @param {Theme["tinted"]} tint @returns {Theme["tinted"]} */
function remembered(tint) {
  const known = { card: new Map(), title: new Map() };
  return (colour, part) => {
    let shown = known[part].get(colour);
    if (shown === undefined) known[part].set(colour, (shown = tint(colour, part)));
    return shown;
  };
}

/** @returns {Theme} */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  const tint = (/** @type {string} */ range) => ({ least: Number(read(`${range}-least`)), most: Number(read(`${range}-most`)), chroma: Number(read("tint-chroma")), strength: parseFloat(read("tint-strength")) / 100 });
  const [tints, panel] = [{ card: tint("tint"), title: tint("tint-title") }, read("panel")];
  return {
    ground: read("ground"),
    field: read("field"),
    card: read("card"),
    title: read("card-title"),
    outline: read("outline"),
    accent: read("accent"),
    danger: read("danger"),
    success: read("success"),
    text: read("text"),
    muted: read("text-muted"),
    group: read("group"),
    font: read("font"),
    dangerGround: read("danger-ground"),
    tinted: remembered((colour, part) => tinted(colour, panel, tints[part])),
    types: Object.fromEntries(KNOWN_TYPES.map((type) => [type, read(`type-${type.toLowerCase()}`)])),
  };
}

/**
 * The colour of a link or slot type; types without a colour of their own get one from their name.
 * @param {Theme} theme
 * @param {string} type
 */
export function typeColour(theme, type) {
  const known = theme.types[type];
  if (known) return known;
  if (type === "*" || type === "") return theme.muted;
  let hash = 0;
  for (const letter of type) hash = (hash * 31 + letter.charCodeAt(0)) % 360;
  return `hsl(${hash} 45% 62%)`;
}

/** @type {Set<(theme: Theme) => void>} */
const listeners = new Set();
let chosen = "auto";
const light = globalThis.matchMedia?.("(prefers-color-scheme: light)");
const contrast = globalThis.matchMedia?.("(prefers-contrast: more)");
for (const query of [light, contrast]) query?.addEventListener("change", () => applyTheme(chosen));

/** Show the page in a theme. @param {string} choice dark, light, contrast, or auto: as the system is set */
export function applyTheme(choice) {
  chosen = choice;
  const automatic = contrast?.matches ? "contrast" : light?.matches ? "light" : "dark";
  document.documentElement.dataset.theme = choice === "auto" ? automatic : choice;
  const theme = readTheme();
  for (const listener of listeners) listener(theme);
}

/** @param {(theme: Theme) => void} listener called whenever the page takes another theme */
export function onThemeChange(listener) {
  listeners.add(listener);
}
