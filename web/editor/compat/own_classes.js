// Kinds of nodes that only the page knows, as packs' scripts register them: they pass on, or set, what others are fed.
import { VIRTUAL_NODES } from "../kernels/virtual_nodes.js";
import { PackNode } from "./node.js";
/** @import {NodeDefinition, NodeDefinitions} from "../document/types.js" */
/** @import {PackApp} from "./app.js" */

/** By type. */
export class OwnClasses {
  /** @type {Map<string, {nodeClass: any, definition: NodeDefinition}>} */
  #classes = new Map();

  /** @param {PackApp} app */
  constructor(app) {
    this.app = app;
  }

  /** What the page is told of them. @returns {NodeDefinitions} */
  get definitions() {
    return Object.fromEntries([...this.#classes].map(([type, { definition }]) => [type, definition]));
  }

  /**
   * `LiteGraph.registerNodeType`. A class of the server's nodes gets its script's class in this way too.
   * @param {string} type
   * @param {any} nodeClass
   */
  register(type, nodeClass) {
    const { prototype } = nodeClass;
    if (!(prototype instanceof PackNode)) Object.setPrototypeOf(rootOf(prototype), PackNode.prototype);
    nodeClass.type = type;
    nodeClass.title ??= type;
    if (this.app.declarations[type] && !this.#classes.has(type)) return this.app.useClass(type, nodeClass);
    // What is called the class's category is often said after it is registered.
    const definition = /** @type {NodeDefinition} */ ({
      name: type,
      display_name: nodeClass.title,
      get category() {
        return nodeClass._category ?? nodeClass.category ?? "packs";
      },
      description: nodeClass.desc ?? "",
      input: {},
      output: [],
    });
    this.#classes.set(type, { nodeClass, definition });
    VIRTUAL_NODES[type] = definition;
    this.app.useClass(type, nodeClass);
    const { definitions } = this.app.editor;
    if (Object.keys(definitions.value).length) definitions.value = { ...definitions.value, [type]: definition };
  }

  /** @param {string} type */
  has(type) {
    return this.#classes.has(type);
  }
}

/** The class at the root of a script's own. @param {any} prototype @returns {any} */
function rootOf(prototype) {
  const above = Object.getPrototypeOf(prototype);
  return above === null || above === Object.prototype ? prototype : rootOf(above);
}
