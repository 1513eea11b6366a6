// Painting a mask on a picture; it is stored as the alpha of a copy whose colours stay as they are.
import { attachPainting } from "../gestures/paint.js";
import { inputName } from "../commands/inputs.js";
import { alphaToMask, feathered, grown, inverted, maskToAlpha, paintMask } from "../kernels/mask_edits.js";
import { copyRect, pasteRect } from "../kernels/paint_history.js";
import { writePng } from "../kernels/png_pixels.js";
import { reachUnder } from "../kernels/soft_edges.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { isThere, readPixels, showPixels } from "../view/picture_pixels.js";
import { maskColour, maskColours } from "./mask_colours.js";
import { PaintFrame } from "./paint_frame.js";
import { openOnce, whileWaiting } from "./paint_opening.js";
import { slider } from "./paint_tools.js";
/** @import {FileReference} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Rect} from "../kernels/geometry.js" */

const TOOLS = /** @type {import("../gestures/paint.js").Tool[]} */ (["brush", "eraser", "fill", "rectangle", "lasso"]);
const NAME_END = /(-masked-[0-9a-f]{8}( \(\d+\))?)?\.[^.]+$/;

/**
 * @param {Editor} editor
 * @param {FileReference} file
 * @param {(name: string) => Promise<void>} onSaved told the new file as widgets name it
 */
export async function openMaskEditor(editor, file, onSaved) {
  try {
    await openOnce(async () => {
      const parts = await whileWaiting(say("paint.mask-title"), (signal) => readParts(editor, file, signal));
      if (parts) new MaskEditor(editor, file, parts, onSaved).open();
    });
  } catch (error) {
    editor.notices.show(say("paint.cannot-open", { problem: /** @type {Error} */ (error).message }), "error");
  }
}

/** What is painted on: the alpha that there is, and the picture in its colours. @param {Editor} editor @param {FileReference} file @param {AbortSignal} signal */
async function readParts({ server }, file, signal) {
  const picture = element("img", { src: server.viewUrl(file, "", { channel: "rgb" }), alt: "", draggable: "false" });
  const [alpha] = await Promise.all([readPixels(server.viewUrl(file, "", { channel: "a" }), { signal }), isThere(picture)]);
  return { alpha, picture };
}

class MaskEditor {
  /** @param {Editor} editor @param {FileReference} file @param {Awaited<ReturnType<typeof readParts>>} parts @param {(name: string) => Promise<void>} onSaved */
  constructor(editor, file, { alpha, picture }, onSaved) {
    this.editor = editor;
    this.file = file;
    this.onSaved = onSaved;
    this.mask = { w: alpha.w, h: alpha.h, data: alphaToMask(alpha.data) };
    this.before = this.mask.data;
    this.strength = 0.6;
    this.amount = 8;
    this.frame = new PaintFrame(say("paint.mask-title"), TOOLS, () => this.#save());
    this.canvas = element("canvas", { width: String(alpha.w), height: String(alpha.h) });
    this.frame.surface.content.append(picture, this.canvas);
    this.frame.tools.element.append(...this.#controls());
    attachPainting(this.frame.surface, this.#paintable(), () => this.frame.tools.brush.value);
    this.#show(this.whole);
  }

  open() {
    this.frame.open(this.mask);
  }

  /** @returns {Rect} */
  get whole() {
    return { x: 0, y: 0, w: this.mask.w, h: this.mask.h };
  }

  #controls() {
    const word = (/** @type {string} */ label, /** @type {() => void} */ run) => element("button", { type: "button", class: "button is-small", onclick: run }, label);
    const amount = slider(say("paint.amount"), 1, 64, 1, this.amount, (value) => (this.amount = value));
    const view = slider(say("paint.mask-strength"), 10, 100, 1, 100 * this.strength, (value) => {
      this.strength = value / 100;
      this.#show(this.whole);
    });
    const changes = element(
      "div",
      { class: "paint-buttons" },
      word(say("paint.invert"), () => this.#replace(inverted(this.mask.data))),
      word(say("paint.clear"), () => this.#replace(new Uint8ClampedArray(this.mask.data.length))),
      word(say("paint.grow"), () => this.#replace(grown(this.mask, this.amount))),
      word(say("paint.shrink"), () => this.#replace(grown(this.mask, -this.amount))),
      word(say("paint.feather"), () => this.#replace(feathered(this.mask, this.amount))),
    );
    const colours = maskColours(this.editor.settings, () => this.#show(this.whole));
    return [changes, amount.label, view.label, colours];
  }

  /** @returns {import("../gestures/paint.js").Canvas} */
  #paintable() {
    return {
      w: this.mask.w,
      h: this.mask.h,
      begin: () => (this.before = this.mask.data.slice()),
      show: (coverage, rect, isErasing) => {
        paintMask(this.mask, this.before, coverage, rect, isErasing ? 0 : 255, this.frame.tools.brush.value.opacity);
        this.#show(rect);
      },
      end: (rect) => this.#remember(rect),
      isAlike: (index, start) => this.before[index] >= 128 === this.before[start] >= 128,
      reach: (coverage, rect, _start, isErasing) => reachUnder(coverage, rect, (index) => this.before[index], isErasing ? 0 : 255),
      pick: () => {},
    };
  }

  /** Put other values in the mask's place, as one step. @param {Uint8ClampedArray} values */
  #replace(values) {
    this.before = this.mask.data.slice();
    this.mask.data.set(values);
    this.#remember(this.whole);
    this.#show(this.whole);
  }

  /** @param {Rect} rect */
  #remember(rect) {
    const { w, data } = this.mask;
    const [old, now] = [copyRect(this.before, w, 1, rect), copyRect(data, w, 1, rect)];
    const put = (/** @type {Uint8ClampedArray} */ copy) => () => {
      pasteRect(data, w, 1, rect, copy);
      this.#show(rect);
    };
    this.frame.did({ undo: put(old), redo: put(now), bytes: old.length + now.length });
  }

  /** @param {Rect} rect */
  #show(rect) {
    const colour = maskColour(this.editor.settings);
    showPixels(this.canvas, rect, ({ data }) => {
      for (let y = 0; y < rect.h; y += 1) {
        for (let x = 0; x < rect.w; x += 1) {
          const at = 4 * (y * rect.w + x);
          data.set(colour, at);
          data[at + 3] = this.mask.data[(rect.y + y) * this.mask.w + rect.x + x] * this.strength;
        }
      }
    });
  }

  /** The name holds what was painted, so that undoing in the workflow leads back to the picture as it was. */
  async #save() {
    const png = await writePng({ w: this.mask.w, h: this.mask.h, data: maskToAlpha(this.mask) });
    const name = `${this.file.filename.replace(NAME_END, "")}-masked-${fingerprint(this.mask.data, this.file.filename)}.png`;
    const upload = new File([/** @type {BlobPart} */ (png)], name, { type: "image/png" });
    const stored = await this.editor.server.uploadMask(upload, this.file);
    await this.onSaved(inputName(stored.name, stored.subfolder));
  }
}

/** Eight hexadecimal digits that stand for a mask and its picture (FNV-1a). @param {Uint8ClampedArray} values @param {string} name */
function fingerprint(values, name) {
  let hash = 0x811c9dc5;
  for (const part of [new TextEncoder().encode(name), values]) {
    for (const value of part) hash = Math.imul(hash ^ value, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
