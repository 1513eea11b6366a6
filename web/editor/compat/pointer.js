// What the pointer does on cards, told to the scripts of their nodes.
import { closest } from "../view/dom.js";
/** @import {PackApp} from "./app.js" */
/** @import {PackNode} from "./node.js" */

// What has its own use of the pointer comes before the node.
const OWN_USE = ".widget-row, .socket, button, input, select, textarea, a, .card-error, .card-resize";

/** @type {Record<string, string>} what is called for an event of the page */
const METHODS = { pointerdown: "onMouseDown", pointerup: "onMouseUp", pointermove: "onMouseMove", dblclick: "onDblClick" };

/** @param {PackApp} app */
export function followPointer(app) {
  const { root } = app.stage;
  for (const [type, method] of Object.entries(METHODS)) {
    root.addEventListener(type, (event) => tell(app, method, /** @type {MouseEvent} */ (event)), { capture: true });
  }
  let over = /** @type {PackNode | null} */ (null);
  root.addEventListener("pointerover", (event) => {
    const node = nodeUnder(app, event);
    if (node === over) return;
    if (over) call(app, over, "onMouseLeave", event);
    over = node;
    if (node) call(app, node, "onMouseEnter", event);
  });
}

/** Have a node's selection told to its script. @param {PackApp} app */
export function followSelection(app) {
  let before = new Set(/** @type {PackNode[]} */ ([]));
  app.editor.selection.subscribe((ids) => {
    const now = new Set([...ids].flatMap((id) => app.shownGraph.getNodeById(id) ?? []));
    for (const node of before) if (!now.has(node)) app.callNode(node, "onDeselected");
    for (const node of now) if (!before.has(node)) app.callNode(node, "onSelected");
    before = now;
  });
}

/** A node that answers true has had the event for itself. @param {PackApp} app @param {string} method @param {MouseEvent} event */
function tell(app, method, event) {
  if (closest(event, OWN_USE)) return;
  const node = nodeUnder(app, event);
  if (!node || call(app, node, method, event) !== true) return;
  event.stopPropagation();
  event.preventDefault();
  app.graph.setDirtyCanvas();
}

/** @param {PackApp} app @param {PackNode} node @param {string} method @param {MouseEvent} event */
function call(app, node, method, event) {
  const { x, y } = app.stage.pointOf(event);
  const [left, top] = node.pos;
  return app.callNode(node, method, Object.assign(event, { canvasX: x, canvasY: y }), [x - left, y - top], app.canvas);
}

/** @param {PackApp} app @param {Event} event */
function nodeUnder(app, event) {
  const id = closest(event, ".card")?.dataset.node;
  return id === undefined ? null : app.shownGraph.getNodeById(id);
}
