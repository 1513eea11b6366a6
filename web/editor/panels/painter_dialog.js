// Painting in colour for a Painter node: on white, on black, on any colour or on the picture linked to it.
import { inputName, learnChoices } from "../commands/inputs.js";
import { makePicture } from "../commands/look_ahead.js";
import { changeNode } from "../document/edits.js";
import { findNode } from "../document/workflow.js";
import { attachPainting } from "../gestures/paint.js";
import { faceOf } from "../kernels/faces.js";
import { inputFile } from "../kernels/input_files.js";
import { fedPicture } from "../kernels/painting_base.js";
import { cardsWithin } from "../kernels/run_cards.js";
import { flattened, layerChunks, layersOf } from "../kernels/layers.js";
import { writePng } from "../kernels/png_pixels.js";
import { widgetValue, withWidgetValue } from "../kernels/widget_values.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { readPixels, resized } from "../view/picture_pixels.js";
import { makeColours } from "./colours.js";
import { LayerList } from "./layer_list.js";
import { PaintFrame } from "./paint_frame.js";
import { openOnce, whileWaiting } from "./paint_opening.js";
/** @import {Editor} from "../editor.js" */
/** @import {FileReference} from "../document/types.js" */
/** @import {Layer} from "../kernels/layers.js" */

const TOOLS = /** @type {import("../gestures/paint.js").Tool[]} */ (["brush", "eraser", "line", "fill", "picker", "rectangle", "lasso"]);
const SAME_COLOUR = 24;
const FILE_NAME = "painting.png";

/**
 * @typedef {object} Start what a painting begins with
 * @property {string} node
 * @property {number} w
 * @property {number} h
 * @property {string} ground #rrggbb
 * @property {string | null} baseUrl the picture that is painted on
 * @property {Uint8ClampedArray | null} base its pixels
 * @property {Omit<Layer, "id">[]} layers
 */

/** @param {Editor} editor @param {string} nodeId of a node with a painting @param {() => void} [onLeft] called where it is left without saving */
export async function openPainter(editor, nodeId, onLeft) {
  try {
    await openOnce(async () => {
      const fed = await findFed(editor, nodeId);
      if (fed === undefined) return;
      const start = await whileWaiting(say("paint.sketch-title"), (signal) => readStart(editor, nodeId, fed, signal));
      if (start) new PainterDialog(editor, start, onLeft).open();
      else onLeft?.();
    });
  } catch (error) {
    editor.notices.show(say("paint.cannot-open", { problem: /** @type {Error} */ (error).message }), "error");
  }
}

/** The picture that is painted on: null for none, undefined where it was not to be made. @param {Editor} editor @param {string} nodeId @returns {Promise<FileReference | null | undefined>} */
async function findFed(editor, nodeId) {
  const workflow = editor.document.graph;
  const node = findNode(workflow, nodeId);
  if (!node) return undefined;
  const cards = cardsWithin(editor.runs.state.value.nodes, editor.document.scopePath);
  const known = fedPicture(workflow, node, "image", editor.definitions.value, cards);
  const isLinked = node.inputs?.some((slot) => slot.name === "image" && slot.link != null);
  return known ?? (isLinked ? makePicture(editor, nodeId, "image") : null);
}

/** @param {Editor} editor @param {string} nodeId @param {FileReference | null} fed @param {AbortSignal} signal @returns {Promise<Start | null>} */
async function readStart(editor, nodeId, fed, signal) {
  const workflow = editor.document.graph;
  const node = findNode(workflow, nodeId);
  if (!node) return null;
  const value = (/** @type {string} */ name) => {
    const widget = faceOf(workflow, node, editor.definitions.value).widgets.find((item) => item.name === name);
    return widget && widgetValue(node, widget);
  };
  const baseUrl = fed && editor.server.viewUrl(fed, "", { channel: "rgb" });
  const base = baseUrl ? await readPixels(baseUrl, { signal }) : null;
  const { w, h } = base ?? { w: Number(value("width")) || 512, h: Number(value("height")) || 512 };
  const stored = String(value("mask") ?? "");
  const layers = stored ? await readLayers(editor.server.viewUrl(inputFile(stored)), { size: { w, h }, signal }) : [];
  return { node: nodeId, w, h, ground: String(value("bg_color") ?? "#ffffff"), baseUrl, base: base?.data ?? null, layers };
}

/**
 * The layers of a stored painting, brought to a size; one without layers becomes a single layer.
 * @param {string} url
 * @param {{size: {w: number, h: number}, signal?: AbortSignal}} wanted
 */
async function readLayers(url, { size, signal }) {
  const bytes = new Uint8Array(await (await fetch(url, { signal })).arrayBuffer());
  const kept = await layersOf(bytes);
  if (kept.layers.length) return kept.layers.map((layer) => ({ ...layer, data: resized({ ...kept, data: layer.data }, size) }));
  const { data } = await readPixels(url, { size, signal });
  return [{ name: say("paint.layer", { number: 1 }), isVisible: true, opacity: 1, data }];
}

class PainterDialog {
  /** @param {Editor} editor @param {Start} start @param {() => void} [onLeft] */
  constructor(editor, start, onLeft = () => {}) {
    this.editor = editor;
    this.start = start;
    this.frame = new PaintFrame(say("paint.sketch-title"), TOOLS, () => this.#save());
    this.frame.onLeft = onLeft;
    this.colours = makeColours((colour) => this.frame.tools.brush.value.tool === "picker" && colour && this.#useBrush());
    this.ground = element("div", { class: "paint-ground" });
    this.layers = new LayerList(start, this.frame);
    this.groundControls = this.#makeGround();
    this.frame.surface.content.append(this.ground, this.layers.canvases);
    this.frame.tools.element.append(this.colours.element, this.groundControls, this.layers.element, this.#importButton());
    attachPainting(this.frame.surface, this.#paintable(), () => this.frame.tools.brush.value);
  }

  open() {
    this.frame.open(this.start);
  }

  #makeGround() {
    const { baseUrl } = this.start;
    if (baseUrl) this.ground.append(element("img", { src: baseUrl, alt: "", draggable: "false" }));
    const show = (/** @type {string} */ colour) => (this.ground.style.background = input.value = colour);
    const put = (/** @type {string} */ colour) => () => (this.start.ground = show(colour));
    const choose = (/** @type {string} */ colour) => {
      const before = this.start.ground;
      if (colour === before) return;
      put(colour)();
      this.frame.did({ undo: put(before), redo: put(colour), bytes: 0 });
    };
    const input = element("input", { type: "color", value: this.start.ground, "aria-label": say("paint.ground") });
    input.addEventListener("input", () => show(input.value));
    input.addEventListener("change", () => choose(input.value));
    const quick = (/** @type {string} */ name, /** @type {string} */ colour) => element("button", { type: "button", class: "button is-small", onclick: () => choose(colour) }, name);
    const controls = element("div", { class: "paint-colour", hidden: Boolean(baseUrl) }, element("span", {}, say("paint.ground")), quick(say("paint.white"), "#ffffff"), quick(say("paint.black"), "#000000"), input);
    show(this.start.ground);
    return controls;
  }

  #importButton() {
    const input = element("input", { type: "file", accept: "image/*", hidden: true });
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      input.value = "";
      if (!file) return;
      const url = URL.createObjectURL(file);
      try {
        const { data } = await readPixels(url, { size: { w: this.start.w, h: this.start.h } });
        this.layers.add(file.name, data);
      } catch {
        this.editor.notices.show(say("paint.no-picture", { name: file.name }), "error");
      } finally {
        URL.revokeObjectURL(url);
      }
    });
    return element("div", {}, element("button", { type: "button", class: "button is-small", onclick: () => input.click() }, say("paint.import")), input);
  }

  /** @returns {import("../gestures/paint.js").Canvas} */
  #paintable() {
    const { w, h } = this.start;
    return {
      w,
      h,
      begin: () => this.layers.begin(),
      show: (coverage, rect, isErasing) => this.layers.paint(coverage, rect, isErasing ? null : this.colours.value, this.frame.tools.brush.value.opacity),
      end: (rect) => this.layers.end(rect),
      isAlike: (index, start) => this.layers.isAlike(index, start, SAME_COLOUR),
      reach: (coverage, rect, start) => this.layers.reach(coverage, rect, start),
      pick: (point) => this.#pick(Math.floor(point.x), Math.floor(point.y)),
    };
  }

  /** Take the colour that is seen at a pixel. @param {number} x @param {number} y */
  #pick(x, y) {
    const { w, h, base, ground } = this.start;
    if (x < 0 || y < 0 || x >= w || y >= h) return;
    const at = 4 * (y * w + x);
    const [r, g, b, alpha] = flattened(this.layers.at(at), 1);
    const number = parseInt(ground.slice(1), 16);
    const under = base ? [base[at], base[at + 1], base[at + 2]] : [number >> 16, (number >> 8) & 255, number & 255];
    const mix = (/** @type {number} */ over, /** @type {number} */ below) => Math.round(below + ((over - below) * alpha) / 255);
    this.colours.choose([mix(r, under[0]), mix(g, under[1]), mix(b, under[2])]);
    this.#useBrush();
  }

  #useBrush() {
    const { brush } = this.frame.tools;
    if (brush.value.tool === "picker") brush.value = { ...brush.value, tool: "brush" };
  }

  async #save() {
    const { editor, start } = this;
    const layers = this.layers.layers;
    const png = await writePng({ w: start.w, h: start.h, data: flattened(layers, start.w * start.h) }, await layerChunks(layers));
    const stored = await editor.server.upload(new File([/** @type {BlobPart} */ (png)], FILE_NAME, { type: "image/png" }));
    await learnChoices(editor);
    /** @type {Record<string, any>} */
    const values = { mask: inputName(stored.name, stored.subfolder), bg_color: start.ground };
    editor.document.edit("Paint", (workflow) =>
      changeNode(workflow, start.node, (node) => {
        const { widgets } = faceOf(workflow, node, editor.definitions.value);
        return widgets.filter(({ name }) => name in values).reduce((next, widget) => withWidgetValue(next, widgets, widget, values[widget.name]), node);
      }),
    );
  }
}
