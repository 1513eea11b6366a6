// The layers of a painting: which one is painted on, their order, what is seen of them; each step can be undone.
import { paintLayer, reordered } from "../kernels/layers.js";
import { copyRect, pasteRect } from "../kernels/paint_history.js";
import { reachUnder } from "../kernels/soft_edges.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { showPixels } from "../view/picture_pixels.js";
import { toolSign } from "../view/tool_signs.js";
/** @import {Plane} from "../kernels/coverage.js" */
/** @import {Rect} from "../kernels/geometry.js" */
/** @import {Colour, Layer} from "../kernels/layers.js" */
/** @import {PaintFrame} from "./paint_frame.js" */

const CHANNELS = 4;

/** Owns the layers' pixels, lowest first, and one canvas for each. */
export class LayerList {
  #lastId = 0;
  /** @type {Uint8ClampedArray} */
  #before = new Uint8ClampedArray();
  #isUnder = false;
  /** @type {Map<number, HTMLCanvasElement>} */
  #shown = new Map();

  /** @param {{w: number, h: number, layers: Omit<Layer, "id">[]}} start @param {PaintFrame} frame */
  constructor(start, frame) {
    this.w = start.w;
    this.h = start.h;
    this.frame = frame;
    /** @type {Layer[]} */
    this.layers = start.layers.map((layer) => ({ ...layer, id: (this.#lastId += 1) }));
    if (!this.layers.length) this.layers = [this.#fresh(say("paint.layer", { number: 1 }))];
    this.active = this.layers[this.layers.length - 1].id;
    this.canvases = element("div", { class: "paint-layers" });
    this.list = element("ol", { class: "layers" });
    const add = () => this.add(say("paint.layer", { number: this.#lastId + 1 }));
    this.element = element(
      "section",
      { "aria-label": say("paint.layers") },
      element("div", { class: "paint-colour" }, element("span", {}, say("paint.layers")), element("button", { type: "button", class: "button is-small", onclick: add }, say("paint.add-layer"))),
      this.list,
    );
    this.#show();
  }

  /** Add a layer above the one that is painted on. @param {string} name @param {Uint8ClampedArray} [data] */
  add(name, data) {
    const layer = this.#fresh(name, data);
    const at = this.layers.findIndex((item) => item.id === this.active) + 1;
    this.#arrange([...this.layers.slice(0, at), layer, ...this.layers.slice(at)], layer.id);
  }

  begin() {
    this.#before = this.#current().data.slice();
    this.#isUnder = false;
  }

  /** @param {Plane} coverage @param {Rect} rect @param {Colour | null} colour @param {number} opacity */
  paint(coverage, rect, colour, opacity) {
    const layer = this.#current();
    paintLayer({ w: this.w, data: layer.data }, this.#before, coverage, rect, { colour, opacity, isUnder: this.#isUnder });
    this.#showPixels(layer, rect);
  }

  /** @param {Rect} rect */
  end(rect) {
    const layer = this.#current();
    const [old, now] = [copyRect(this.#before, this.w, CHANNELS, rect), copyRect(layer.data, this.w, CHANNELS, rect)];
    const put = (/** @type {Uint8ClampedArray} */ copy) => () => {
      pasteRect(layer.data, this.w, CHANNELS, rect, copy);
      this.#showPixels(layer, rect);
    };
    this.frame.did({ undo: put(old), redo: put(now), bytes: old.length + now.length });
  }

  /** Whether two pixels were alike when the stroke began. @param {number} index @param {number} start @param {number} most difference of each channel */
  isAlike(index, start, most) {
    const pixels = this.#before;
    if (!pixels[CHANNELS * start + 3]) return !pixels[CHANNELS * index + 3];
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      if (Math.abs(pixels[CHANNELS * index + channel] - pixels[CHANNELS * start + channel]) > most) return false;
    }
    return true;
  }

  /** Where nothing was painted a filled area goes on under the soft edges around it. @param {Plane} coverage @param {Rect} rect @param {number} start @returns {Rect} */
  reach(coverage, rect, start) {
    const alphaAt = (/** @type {number} */ index) => this.#before[CHANNELS * index + 3];
    if (alphaAt(start)) return rect;
    this.#isUnder = true;
    return reachUnder(coverage, rect, alphaAt, 255);
  }

  /** Every layer with a single pixel. @param {number} at its first byte @returns {Layer[]} */
  at(at) {
    return this.layers.map((layer) => ({ ...layer, data: layer.data.slice(at, at + CHANNELS) }));
  }

  /** @returns {Layer} */
  #current() {
    return this.layers.find((layer) => layer.id === this.active) ?? this.layers[0];
  }

  /** @param {string} name @param {Uint8ClampedArray} [data] @returns {Layer} */
  #fresh(name, data) {
    return { id: (this.#lastId += 1), name, isVisible: true, opacity: 1, data: data ?? new Uint8ClampedArray(CHANNELS * this.w * this.h) };
  }

  /** Put other layers in these ones' place, as one step. @param {Layer[]} layers @param {number} active */
  #arrange(layers, active) {
    const [old, now] = [{ layers: this.layers, active: this.active }, { layers, active }];
    const put = (/** @type {{layers: Layer[], active: number}} */ state) => () => {
      Object.assign(this, state);
      this.#show();
    };
    put(now)();
    this.frame.did({ undo: put(old), redo: put(now), bytes: CHANNELS * this.w * this.h });
  }

  #show() {
    for (const layer of this.layers) this.#showLayer(layer);
    this.canvases.replaceChildren(...this.layers.map((layer) => /** @type {HTMLCanvasElement} */ (this.#shown.get(layer.id))));
    const held = document.activeElement instanceof HTMLElement && this.list.contains(document.activeElement) ? document.activeElement.dataset.control : undefined;
    this.list.replaceChildren(...[...this.layers].reverse().map((layer) => this.#row(layer)));
    if (held) this.#focus(held);
  }

  /** Give the focus back to a control of the rows made anew, or to the layer that is painted on. @param {string} control */
  #focus(control) {
    const controls = /** @type {NodeListOf<HTMLButtonElement>} */ (this.list.querySelectorAll("[data-control]"));
    const same = [...controls].find((item) => item.dataset.control === control && !item.disabled);
    (same ?? /** @type {HTMLElement} */ (this.list.querySelector('[aria-pressed="true"]'))).focus();
  }

  /** @param {Layer} layer */
  #showLayer(layer) {
    let canvas = this.#shown.get(layer.id);
    if (!canvas) {
      canvas = element("canvas", { width: String(this.w), height: String(this.h) });
      this.#shown.set(layer.id, canvas);
      this.#showPixels(layer, { x: 0, y: 0, w: this.w, h: this.h });
    }
    canvas.hidden = !layer.isVisible;
    canvas.style.opacity = String(layer.opacity);
  }

  /** @param {Layer} layer @param {Rect} rect */
  #showPixels(layer, rect) {
    const canvas = this.#shown.get(layer.id);
    if (canvas) showPixels(canvas, rect, (image) => image.data.set(copyRect(layer.data, this.w, CHANNELS, rect)));
  }

  /** @param {Layer} layer */
  #row(layer) {
    const at = this.layers.indexOf(layer);
    const change = (/** @type {Partial<Layer>} */ values) => this.#arrange(this.layers.map((item) => (item === layer ? { ...item, ...values } : item)), this.active);
    const tool = (/** @type {Parameters<typeof toolSign>[0]} */ sign, /** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ run, isPossible = true) => {
      const button = element("button", { type: "button", class: "tool", title: label, "aria-label": label, "data-control": `${layer.id} ${name}`, onclick: run }, toolSign(sign));
      button.disabled = !isPossible;
      return button;
    };
    const move = (/** @type {number} */ by) => this.#arrange(reordered(this.layers, at, at + by), this.active);
    const choose = () => ((this.active = layer.id), this.#show());
    const opacity = element("input", { type: "range", min: "0", max: "100", value: String(100 * layer.opacity), "aria-label": say("paint.layer-opacity"), "data-control": `${layer.id} opacity`, hidden: layer.id !== this.active });
    opacity.addEventListener("input", () => (/** @type {HTMLElement} */ (this.#shown.get(layer.id)).style.opacity = String(Number(opacity.value) / 100)));
    opacity.addEventListener("change", () => change({ opacity: Number(opacity.value) / 100 }));
    const remaining = this.layers.filter((item) => item !== layer);
    return element(
      "li",
      { class: `layer${layer.id === this.active ? " is-active" : ""}` },
      tool(layer.isVisible ? "shown" : "hidden", "visible", say(layer.isVisible ? "paint.hide-layer" : "paint.show-layer"), () => change({ isVisible: !layer.isVisible })),
      element("button", { type: "button", class: "layer-name", "aria-pressed": String(layer.id === this.active), "data-control": `${layer.id} name`, onclick: choose }, layer.name),
      tool("up", "up", say("paint.layer-up"), () => move(1), at + 1 < this.layers.length),
      tool("down", "down", say("paint.layer-down"), () => move(-1), at > 0),
      tool("remove", "delete", say("paint.layer-delete"), () => this.#arrange(remaining, this.active === layer.id ? remaining[remaining.length - 1].id : this.active), remaining.length > 0),
      opacity,
    );
  }
}
