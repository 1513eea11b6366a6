// The widgets of a node as packs' scripts see them, and the ones that scripts add.
import { widgetValue } from "../kernels/widget_values.js";
/** @import {Widget, WidgetKind} from "../kernels/schema.js" */
/** @import {PackNode} from "./node.js" */

/** @type {Record<string, WidgetKind>} the kinds of widget that scripts may add, by the name that they use */
const KINDS = { number: "float", slider: "float", text: "text", string: "text", customtext: "text", combo: "choice", toggle: "toggle", button: "button", dom: "element" };
const TYPES = /** @type {Record<string, string>} */ ({ int: "number", float: "number", text: "text", choice: "combo", control: "combo", toggle: "toggle" });

/** One widget of one node; reading and writing `value` reads and changes the workflow. */
export class PackWidget {
  /**
   * @param {PackNode} node
   * @param {Widget} declared
   */
  constructor(node, declared) {
    this.node = node;
    this.declared = declared;
    /** @type {((value: any, ...more: any[]) => void) | undefined} */
    this.callback = undefined;
    this.y = 0;
    this.last_y = 0;
  }

  get name() {
    return this.declared.name;
  }

  get type() {
    if (this.declared.kind === "text" && this.declared.options.multiline) return "customtext";
    return TYPES[this.declared.kind] ?? this.declared.kind;
  }

  get options() {
    const { options, choices } = this.declared;
    return { ...options, values: choices };
  }

  get label() {
    return this.declared.options.label ?? this.name;
  }

  get element() {
    return this.declared.options.element;
  }

  get inputEl() {
    return this.element;
  }

  get value() {
    return widgetValue(this.node.stored, this.declared);
  }

  set value(value) {
    this.node.changeWidget(this.declared, value);
  }
}

/**
 * The declaration of a widget that a script adds.
 * @param {string} type
 * @param {string} name
 * @param {any} value
 * @param {Record<string, any>} options
 * @param {number} slot
 * @returns {Widget}
 * @throws {Error} where there is no such kind of widget here
 */
export function declareWidget(type, name, value, options, slot) {
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : options.element ? "element" : undefined;
  if (!kind) throw new Error(`Skein's page has no widget of the kind “${type}”, which the node was to get as “${name}”.`);
  const choices = typeof options.values === "function" ? options.values() : (options.values ?? []);
  const hasValue = kind !== "button" && kind !== "element";
  const multiline = type === "customtext" || options.multiline;
  return {
    name,
    type: "*",
    kind,
    slot,
    sends: hasValue && options.serialize !== false,
    initial: hasValue ? value : null,
    options: { ...options, ...(multiline ? { multiline } : {}) },
    choices: [...choices],
  };
}
