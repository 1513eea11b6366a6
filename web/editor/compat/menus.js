// What packs' scripts add to the menu of the right button, as items of the page's own menu.
import { canvasPrototype } from "./canvas.js";
import { say } from "../texts/texts.js";
/** @import {Item, Own} from "../panels/context_menu.js" */
/** @import {PackApp} from "./app.js" */
/** @import {PackNode} from "./node.js" */

/** @typedef {{content?: string, disabled?: boolean, callback?: Function, submenu?: {options?: any[]}} | string | null} Option */

/**
 * The items for what is pressed.
 * @param {PackApp} app
 * @param {string | null} id of a card; null for the empty canvas
 * @returns {Own[]}
 */
export function packMenu(app, id) {
  const node = id === null ? null : app.shownGraph.getNodeById(id);
  if (id !== null && !node) return [];
  const options = node ? ofNode(app, node) : ofCanvas(app);
  const items = itemsOf(app, node, options);
  return items.length ? [{ heading: say("packs.heading"), items }] : [];
}

/** @param {PackApp} app @param {PackNode} node @returns {Option[]} */
function ofNode({ blame, registered, canvas }, node) {
  const options = blame.guard(node.comfyClass, "getExtraMenuOptions", () => canvasPrototype.getNodeMenuOptions.call(canvas, node));
  return [...(options ?? []), ...registered.call("getNodeMenuItems", node).flat()];
}

/** @param {PackApp} app @returns {Option[]} */
function ofCanvas({ blame, registered, canvas }) {
  const options = blame.guard("?", "getCanvasMenuOptions", () => canvasPrototype.getCanvasMenuOptions.call(canvas));
  return [...(options ?? []), ...registered.call("getCanvasMenuItems", canvas).flat()];
}

/** @param {PackApp} app @param {PackNode | null} node @param {any} options @returns {Item[]} */
function itemsOf(app, node, options) {
  const listed = Array.isArray(options) ? options.filter((option) => option && typeof option === "object" && option.content) : [];
  return listed.map((option) => {
    const within = itemsOf(app, node, option.submenu?.options);
    const run = () => app.blame.guard(node?.comfyClass ?? "?", say("packs.menu"), () => option.callback?.(option, {}, null, null, node));
    return { label: textOf(option.content), run, items: within, enabled: () => !option.disabled };
  });
}

/** @param {unknown} content may hold tags */
export function textOf(content) {
  return new DOMParser().parseFromString(String(content), "text/html").body.textContent?.trim() ?? "";
}
