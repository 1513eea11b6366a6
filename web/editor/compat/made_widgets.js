// Widgets that packs' scripts make for inputs of types of their own: `getCustomWidgets`.
import { MADE_BY_SCRIPTS, widgetKind } from "../kernels/schema.js";
import { ComfyWidgets } from "./widget_makers.js";
/** @import {InputDeclaration, NodeDefinitions} from "../document/types.js" */
/** @import {PackApp} from "./app.js" */
/** @import {PackNode} from "./node.js" */

const GROUPS = /** @type {const} */ (["required", "optional"]);

/** By type; what is declared of such an input says that a script makes its widget. */
export class MadeWidgets {
  /** @type {Map<string, {pack: string, make: Function}>} */
  #makers = new Map();

  /** @param {PackApp} app */
  constructor(app) {
    this.app = app;
  }

  /** Ask the extensions. */
  async ask() {
    for (const { pack, makers } of await this.app.registered.askEach("getCustomWidgets", this.app)) this.#add(pack, makers);
  }

  /** Let a node's scripts make the widgets of its inputs. @param {PackNode} node */
  make(node) {
    for (const { name, type, options } of node.face.widgets) {
      const maker = options.widgetType === MADE_BY_SCRIPTS && !options.isMade ? this.#makers.get(type) : undefined;
      if (!maker) continue;
      const { widgetType: _made, ...declared } = options;
      this.app.blame.guard(maker.pack, `getCustomWidgets (${type})`, () => maker.make(node, name, [type, declared], this.app));
    }
  }

  /** Say in declarations which widgets scripts make. @param {NodeDefinitions} definitions that nothing was read of yet */
  mark(definitions) {
    if (!this.#makers.size) return;
    for (const definition of Object.values(definitions)) {
      for (const group of GROUPS) for (const declaration of Object.values(definition.input?.[group] ?? {})) this.#markOne(declaration, group === "optional");
    }
  }

  /** @param {InputDeclaration} declaration @param {boolean} isOptional */
  #markOne(declaration, isOptional) {
    const [type, options] = declaration;
    if (typeof type !== "string" || !this.#makers.has(type) || options?.forceInput || widgetKind(declaration, isOptional)) return;
    declaration[1] = { ...options, widgetType: MADE_BY_SCRIPTS };
  }

  /** @param {string} pack @param {any} makers */
  #add(pack, makers) {
    for (const [type, make] of Object.entries(makers ?? {})) {
      if (typeof make !== "function") continue;
      this.#makers.set(type, { pack, make });
      Object.assign(ComfyWidgets, { [type]: make });
    }
  }
}
