// The canvas as packs' scripts see it: the view, the selection, and the menus of `LGraphCanvas.prototype`.
import { askText } from "../panels/dialog.js";
import { say } from "../texts/texts.js";
import { NotOfferedError } from "./blame.js";
import { NODE_COLOURS } from "./constants.js";
import { writing } from "./written.js";
/** @import {Blame} from "./blame.js" */
/** @import {PackApp} from "./app.js" */
/** @import {PackGraph} from "./graph.js" */
/** @import {PackNode} from "./node.js" */

/** What the page asks of `LGraphCanvas.prototype`; scripts put functions of their own around these. */
export const canvasPrototype = /** @type {Record<string, any>} */ ({
  /** @returns {any[]} */
  getCanvasMenuOptions() {
    return [];
  },
  /** @param {any} node */
  getNodeMenuOptions(node) {
    /** @type {any[]} */
    const options = [];
    const more = node.getExtraMenuOptions?.(this, options);
    return [...options, ...(Array.isArray(more) && more !== options ? more : [])];
  },
});
const ASKED = new Set(Object.keys(canvasPrototype));

/**
 * A record in which scripts may write what they like: of what the page never asks for it is said so.
 * @template {object} T
 * @param {string} name such as "app.canvas"
 * @param {T} offered
 * @param {Blame} blame
 * @returns {T}
 */
export function writable(name, offered, blame) {
  const own = new Set(Object.keys(offered));
  return new Proxy(offered, {
    set(target, key, value) {
      const isMethod = typeof value === "function" && typeof key === "string" && !own.has(key) && !ASKED.has(key);
      if (isMethod) blame.tell("?", name, new NotOfferedError(say("packs.never-called", { names: `${name}.${key}` })));
      return Reflect.set(target, key, value);
    },
  });
}

/**
 * The class of the canvas, of which there is no other than the page's own.
 * @param {Blame} blame
 * @param {() => any} active
 */
export function canvasClass(blame, active) {
  return {
    prototype: writable("LGraphCanvas.prototype", canvasPrototype, blame),
    node_colors: NODE_COLOURS,
    link_type_colors: {},
    DEFAULT_BACKGROUND_IMAGE: "",
    get active_canvas() {
      return active();
    },
  };
}

/** `app.canvas`. @param {PackApp} app */
export function makeCanvas(app) {
  const { editor, stage, blame } = app;
  const show = (/** @type {PackGraph} */ graph) => {
    if (graph !== app.shownGraph) editor.document.scope.value = wayTo(app.graph, graph);
  };
  const select = (/** @type {PackNode[]} */ nodes) => {
    if (nodes.length) show(nodes[0].graph);
    editor.select(nodes.map((node) => node.key));
  };
  const selected = () => [...editor.selection.value].flatMap((id) => app.shownGraph.getNodeById(id) ?? []);
  const offered = {
    get graph() {
      return app.shownGraph;
    },
    setGraph: show,
    openSubgraph: show,
    canvas: stage.canvas,
    ctx: stage.context,
    ds: makeView(stage),
    allow_searchbox: true,
    read_only: false,
    links_render_mode: 2,
    default_link_color: "#9A9",
    get graph_mouse() {
      const { x, y } = stage.pointOf(stage.pointer ?? { clientX: innerWidth / 2, clientY: innerHeight / 2 });
      return [x, y];
    },
    get selected_nodes() {
      return Object.fromEntries(selected().map((node) => [node.id, node]));
    },
    get selectedItems() {
      return new Set(selected());
    },
    selectNode: (/** @type {PackNode} */ node, /** @type {boolean} */ isAdded = false) => select(isAdded ? [...selected(), node] : [node]),
    selectNodes: select,
    deselectAllNodes: () => editor.select([]),
    deselectAll: () => editor.select([]),
    centerOnNode: (/** @type {PackNode} */ node) => {
      show(node.graph);
      stage.fit(new Set([node.key]));
    },
    convertEventToCanvasOffset: (/** @type {MouseEvent} */ event) => {
      const { x, y } = stage.pointOf(event);
      return [x, y];
    },
    /** Ask for a value in a dialog. @param {string} title @param {any} value @param {(typed: any) => void} onTyped */
    prompt: async (title, value, onTyped) => {
      const typed = await askText({ title, label: title, value: String(value ?? ""), button: say("packs.take") });
      if (typed !== null) blame.guard("?", "app.canvas.prompt", () => onTyped(typeof value === "number" && Number.isFinite(Number(typed)) ? Number(typed) : typed));
    },
    setDirty: () => app.drawings.spoil(),
    draw: () => app.drawings.spoil(),
  };
  return writable("app.canvas", Object.setPrototypeOf(offered, canvasPrototype), blame);
}

/** The opened nodes through which a graph is reached. @param {PackGraph} from @param {PackGraph} graph @returns {{host: string, definition: string}[]} */
function wayTo(from, graph) {
  for (const node of from.nodes) {
    const { subgraph } = node;
    if (!subgraph?.definition) continue;
    const step = { host: node.key, definition: subgraph.definition };
    if (subgraph === graph) return [step];
    const rest = wayTo(subgraph, graph);
    if (rest.length) return [step, ...rest];
  }
  return [];
}

/** Where the view is; writing into it moves the view. @param {import("../view/stage.js").Stage} stage */
function makeView(stage) {
  return {
    get scale() {
      return stage.viewport.value.scale;
    },
    set scale(scale) {
      stage.viewport.value = { ...stage.viewport.value, scale };
    },
    get offset() {
      const { x, y, scale } = stage.viewport.value;
      return writing([x / scale, y / scale], (key, value) => (this.offset = key === "0" ? [value, y / scale] : [x / scale, value]));
    },
    set offset([x, y]) {
      const { scale } = stage.viewport.value;
      stage.viewport.value = { x: x * scale, y: y * scale, scale };
    },
    reset: () => stage.fit(),
  };
}
