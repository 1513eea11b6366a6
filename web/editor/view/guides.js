// The lines that show what a dragged card has snapped to.
import { element } from "./dom.js";
/** @import {Viewport} from "../kernels/geometry.js" */

/** One line down and one across, each shown where it is given. */
export class Guides {
  #down = element("div", { class: "guide is-down", hidden: true });
  #across = element("div", { class: "guide is-across", hidden: true });

  /** @param {HTMLElement} root */
  constructor(root) {
    root.append(this.#down, this.#across);
  }

  /** @param {{x?: number, y?: number} | null} lines in world units @param {Viewport} view */
  show(lines, { x, y, scale }) {
    this.#down.hidden = lines?.x === undefined;
    this.#across.hidden = lines?.y === undefined;
    if (lines?.x !== undefined) this.#down.style.transform = `translateX(${lines.x * scale + x}px)`;
    if (lines?.y !== undefined) this.#across.style.transform = `translateY(${lines.y * scale + y}px)`;
  }
}
