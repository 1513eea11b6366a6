// What packs' scripts draw: over the cards of their nodes, and as widgets that draw themselves.
import { TITLE } from "../kernels/layout.js";
import { element } from "../view/dom.js";
/** @import {PackApp} from "./app.js" */
/** @import {PackNode} from "./node.js" */

// Scripts draw badges above a card's title, and beyond its edges.
const MARGIN = { top: 40, side: 24, bottom: 24 };
const SHARPEST = 2;

/** Draws once a frame at most, and only where a script may show something else than before. */
export class Drawings {
  /** @type {WeakSet<HTMLElement>} the canvases that show what there is to show */
  #fresh = new WeakSet();
  /** @type {Set<DrawnWidget>} */
  #widgets = new Set();

  /** @param {PackApp} app */
  constructor(app) {
    this.app = app;
  }

  follow() {
    const { stage, editor, api } = this.app;
    stage.followers.push(() => this.#draw());
    for (const source of [editor.document.current, editor.definitions, editor.runs.state, editor.selection]) source.subscribe(() => this.spoil());
    for (const type of ["executed", "executing", "progress"]) api.addEventListener(type, () => this.spoil());
  }

  /** Have all drawn anew. */
  spoil() {
    this.#fresh = new WeakSet();
    this.app.stage.schedule();
  }

  /** @param {PackNode} node @param {any} widget with `draw` and, if it likes, `mouse` */
  add(node, widget) {
    const drawn = new DrawnWidget(this.app, node, widget);
    this.#widgets.add(drawn);
    return drawn.canvas;
  }

  #draw() {
    const { stage, shownGraph } = this.app;
    const ratio = devicePixelRatio * Math.min(Math.max(stage.viewport.value.scale, 1), SHARPEST);
    for (const card of /** @type {NodeListOf<HTMLElement>} */ (stage.layer.querySelectorAll(".card"))) {
      const node = shownGraph.getNodeById(card.dataset.node ?? "");
      if (typeof (/** @type {any} */ (node)?.onDrawForeground) === "function") this.#drawOver(/** @type {PackNode} */ (node), card, ratio);
    }
    for (const drawn of this.#widgets) {
      if (!drawn.node.graph.getNodeById(drawn.node.id)) this.#widgets.delete(drawn);
      else if (drawn.canvas.isConnected && !this.#fresh.has(drawn.canvas)) {
        this.#fresh.add(drawn.canvas);
        drawn.draw(ratio);
      }
    }
  }

  /** @param {PackNode} node @param {HTMLElement} card @param {number} ratio pixels of a canvas for one of the world */
  #drawOver(node, card, ratio) {
    const canvas = /** @type {HTMLCanvasElement} */ (card.querySelector(":scope > .pack-drawing") ?? card.appendChild(makeOverlay()));
    const isSameSize = canvas.dataset.size === `${card.style.width} ${card.style.height} ${ratio}`;
    if (this.#fresh.has(canvas) && isSameSize) return;
    this.#fresh.add(canvas);
    canvas.dataset.size = `${card.style.width} ${card.style.height} ${ratio}`;
    const [width, height] = [parseFloat(card.style.width) + 2 * MARGIN.side, parseFloat(card.style.height) + MARGIN.top + MARGIN.bottom];
    const context = prepared(canvas, width, height, ratio);
    context.translate(MARGIN.side, MARGIN.top + TITLE);
    this.app.callNode(node, "onDrawForeground", context, this.app.canvas, canvas);
  }
}

/** A widget of a script's own, which draws itself and is told of the pointer. */
class DrawnWidget {
  /** @param {PackApp} app @param {PackNode} node @param {any} widget */
  constructor(app, node, widget) {
    this.app = app;
    this.node = node;
    this.widget = widget;
    this.canvas = element("canvas", { class: "pack-widget" });
    for (const type of ["pointerdown", "pointermove", "pointerup"]) this.canvas.addEventListener(type, (event) => this.#press(/** @type {PointerEvent} */ (event)));
    this.canvas.addEventListener("dblclick", (event) => event.stopPropagation());
  }

  /** Its top edge below that of the node's body. */
  get top() {
    const card = this.canvas.closest(".card");
    return card ? (this.canvas.getBoundingClientRect().top - card.getBoundingClientRect().top) / this.app.stage.viewport.value.scale - TITLE : 0;
  }

  /** @param {number} ratio */
  draw(ratio) {
    const { widget, node } = this;
    const row = this.canvas.parentElement;
    if (!row) return;
    // The whole row is the script's.
    Object.assign(row.style, { padding: "0", border: "0", background: "none" });
    const [width] = node.size;
    const [w, h, y] = [row.clientWidth, row.clientHeight, this.top];
    const context = prepared(this.canvas, w, h, ratio);
    context.translate((w - width) / 2, -y);
    Object.assign(widget, { last_y: y, y, computedHeight: h });
    this.app.blame.guard(node.comfyClass, "draw", () => widget.draw(context, node, width, y, h, false));
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const { widget, node, app } = this;
    if (typeof widget.mouse !== "function") return;
    event.stopPropagation();
    if (event.type === "pointerdown") this.canvas.setPointerCapture(event.pointerId);
    const { x, y } = app.stage.pointOf(event);
    const [left, top] = node.pos;
    app.blame.guard(node.comfyClass, "mouse", () => widget.mouse(Object.assign(event, { canvasX: x, canvasY: y }), [x - left, y - top], node));
    if (event.type === "pointermove" && !event.buttons) return;
    app.blame.guard(node.comfyClass, "getValue", () => node.gather(widget));
    app.drawings.spoil();
  }
}

function makeOverlay() {
  const canvas = element("canvas", { class: "pack-drawing", "aria-hidden": "true" });
  Object.assign(canvas.style, { position: "absolute", left: `${-MARGIN.side}px`, top: `${-MARGIN.top}px`, pointerEvents: "none" });
  return canvas;
}

/** An empty canvas of this size in the world. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @param {number} ratio */
function prepared(canvas, width, height, ratio) {
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.ceil(height * ratio);
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px`, display: "block" });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  return context;
}
