// The colour that is painted with: a palette, any other colour, and those used last.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Colour} from "../kernels/layers.js" */

const PALETTE = [
  "#000000", "#4d4d4d", "#999999", "#ffffff", "#7a4a21", "#c68642", "#f1c27d", "#ffe0bd",
  "#b3001b", "#ff3b30", "#ff9500", "#ffcc00", "#34c759", "#0b6e4f", "#00c7be", "#32ade6",
  "#0a4fd6", "#5856d6", "#af52de", "#ff2d92",
]; // prettier-ignore

/** @param {(colour: Colour) => void} onChoice */
export function makeColours(onChoice) {
  /** @type {Colour} */
  let value = [0, 0, 0];
  const input = element("input", { type: "color", value: "#000000", "aria-label": say("paint.colour") });
  const swatches = PALETTE.map((hex) => element("button", { type: "button", class: "swatch", style: `background:${hex}`, "aria-label": hex, title: hex, onclick: () => choose(fromHex(hex)) }));
  const choose = (/** @type {Colour} */ colour) => {
    value = colour;
    input.value = toHex(colour);
    for (const swatch of swatches) swatch.setAttribute("aria-pressed", String(swatch.title === input.value));
    onChoice(colour);
  };
  input.addEventListener("input", () => choose(fromHex(input.value)));
  const row = element("label", { class: "paint-colour" }, element("span", {}, say("paint.colour")), input);
  const part = element("div", { class: "paint-colours" }, row, element("div", { class: "palette", role: "group", "aria-label": say("paint.palette") }, ...swatches));
  return {
    element: part,
    choose,
    get value() {
      return value;
    },
  };
}

/** @param {string} hex @returns {Colour} */
function fromHex(hex) {
  const number = parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** @param {Colour} colour */
function toHex(colour) {
  return `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
