// `LiteGraph.ContextMenu`: the page's own menu with what a pack's script lists.
import { openOwnMenu } from "../panels/context_menu.js";
import { say } from "../texts/texts.js";
import { textOf } from "./menus.js";
/** @import {Item} from "../panels/context_menu.js" */
/** @import {PackApp} from "./app.js" */

/**
 * What a menu is opened with.
 * @typedef {object} MenuOptions
 * @property {MouseEvent} [event] where it opens
 * @property {string} [title]
 * @property {Function} [callback] called with what is taken, before that one's own
 * @property {any} [node]
 * @property {any} [extra]
 * @property {number} [left]
 * @property {number} [top]
 */

/** The class of menus, for scripts that write `new LiteGraph.ContextMenu(values, options)`. @param {PackApp} app */
export function contextMenuClass(app) {
  return class ContextMenu {
    /**
     * @param {any[] | Record<string, any>} values texts, or records with `content`, `callback`, `disabled`, `submenu`
     * @param {MenuOptions} [options]
     */
    constructor(values, options = {}) {
      this.options = options;
      const at = options.event ? { x: options.event.clientX, y: options.event.clientY } : { x: options.left ?? innerWidth / 2, y: options.top ?? innerHeight / 2 };
      const items = this.#items(Array.isArray(values) ? values : Object.keys(values), options);
      const { list, close } = openOwnMenu(app.stage.root.parentElement ?? document.body, [{ heading: textOf(options.title ?? "") || say("packs.heading"), items }], at);
      this.root = list;
      this.close = close;
    }

    /** @param {any[]} values @param {MenuOptions} options @returns {Item[]} */
    #items(values, options) {
      return values
        .filter((value) => value !== null && value !== undefined)
        .map((value) => {
          const { content = value, title, disabled, callback, submenu } = typeof value === "object" ? value : /** @type {any} */ ({});
          const within = submenu ? this.#items(submenu.options ?? [], { ...options, ...submenu }) : [];
          return { label: textOf(title ?? content), items: within, enabled: () => !disabled, run: () => this.#take(value, callback, options) };
        });
    }

    /** @param {any} value @param {Function | undefined} callback @param {MenuOptions} options */
    #take(value, callback, options) {
      app.blame.guard(options.node?.comfyClass ?? "?", say("packs.menu"), () => {
        options.callback?.(value, options, options.event, this, options.node);
        callback?.(value, options, options.event, this, options.extra ?? options.node);
      });
    }
  };
}
