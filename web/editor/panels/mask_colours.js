// The colour in which a mask is seen while it is painted: one that stands out from the picture; the last one is kept.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Settings} from "../preferences/settings.js" */
/** @import {Colour} from "../kernels/layers.js" */

const SETTING = "skein.maskColour";
const COLOURS = /** @type {const} */ ({ red: [255, 64, 96], green: [52, 199, 89], blue: [10, 120, 255], white: [255, 255, 255], black: [0, 0, 0] });

/** @typedef {keyof typeof COLOURS} MaskColour */

/** @param {Settings} settings @returns {Readonly<Colour>} the colour that was chosen last, red at first */
export function maskColour(settings) {
  return COLOURS[/** @type {MaskColour} */ (settings.get(SETTING))] ?? COLOURS.red;
}

/** The colours to choose from. @param {Settings} settings @param {() => void} onChoice */
export function maskColours(settings, onChoice) {
  const choose = (/** @type {string} */ name) => {
    settings.set(SETTING, name);
    mark();
    onChoice();
  };
  const swatches = Object.entries(COLOURS).map(([name, colour]) => {
    const label = say(/** @type {any} */ (`paint.${name}`));
    return element("button", { type: "button", class: "swatch", role: "radio", style: `background:rgb(${colour.join(" ")})`, "data-colour": name, title: label, "aria-label": label, onclick: () => choose(name) });
  });
  const mark = () => {
    const now = maskColour(settings);
    for (const swatch of swatches) swatch.setAttribute("aria-checked", String(COLOURS[/** @type {MaskColour} */ (swatch.dataset.colour)] === now));
  };
  mark();
  const label = say("paint.mask-colour");
  return element("div", { class: "paint-colour" }, element("span", {}, label), element("div", { class: "mask-colours", role: "radiogroup", "aria-label": label }, ...swatches));
}
