// The widgets of a node as packs' scripts see them, and the ones that scripts add.
import { widgetValue } from "../kernels/widget_values.js";
import { say } from "../texts/texts.js";
import { NotOfferedError } from "./blame.js";
import { writing } from "./written.js";
/** @import {Widget, WidgetKind} from "../kernels/schema.js" */
/** @import {PackNode} from "./node.js" */

/** @type {Record<string, WidgetKind>} the kinds of widget that scripts may add, by the name that they use */
const KINDS = { number: "float", slider: "float", text: "text", string: "text", customtext: "text", combo: "choice", toggle: "toggle", button: "button", dom: "element" };
const TYPES = /** @type {Record<string, string>} */ ({ int: "number", float: "number", text: "text", choice: "combo", control: "combo", toggle: "toggle" });

/** One widget of one node; reading and writing `value` reads and changes the workflow. */
export class PackWidget {
  /** @type {HTMLTextAreaElement | undefined} */
  #field;

  /**
   * @param {PackNode} node
   * @param {Widget} declared
   */
  constructor(node, declared) {
    this.node = node;
    this.declared = declared;
    /** @type {((value: any, ...more: any[]) => void) | undefined} */
    this.callback = undefined;
    /** Makes what is sent in place of the value. @type {((node: PackNode, index: number) => any) | undefined} */
    this.serializeValue = undefined;
    this.y = 0;
    this.last_y = 0;
  }

  get name() {
    return this.declared.name;
  }

  set name(name) {
    throw new NotOfferedError(say("packs.not-renamed", { name: this.name, wanted: name }));
  }

  get type() {
    if (this.declared.options.hidden === true) return "hidden";
    if (this.declared.kind === "text" && this.declared.options.multiline) return "customtext";
    return TYPES[this.declared.kind] ?? this.declared.kind;
  }

  set type(type) {
    if (type === this.type) return;
    if (type !== "hidden" && this.type !== "hidden" && !type.startsWith("converted-widget")) {
      throw new NotOfferedError(say("packs.not-made", { name: this.name, kind: this.type, wanted: type }));
    }
    this.#option("hidden", type === "hidden" || type.startsWith("converted-widget"));
  }

  get hidden() {
    return this.declared.options.hidden === true;
  }

  set hidden(isHidden) {
    this.#option("hidden", Boolean(isHidden));
  }

  /** Whether a script has taken it out of the list, though the node's class has it. */
  get isTakenOut() {
    return this.declared.options.isTakenOut === true;
  }

  set isTakenOut(isTakenOut) {
    this.#change({ options: { ...this.declared.options, isTakenOut, hidden: isTakenOut } });
  }

  get options() {
    const { options, choices } = this.declared;
    return writing(/** @type {Record<string, any>} */ ({ ...options, values: choices }), (key, value) => (key === "values" ? this.#choices(value) : this.#option(key, value)));
  }

  set options(options) {
    const { values, ...rest } = options;
    if (values) this.#choices(values);
    this.#change({ options: rest });
  }

  get label() {
    return this.declared.options.label ?? this.name;
  }

  set label(label) {
    this.#option("label", label);
  }

  get element() {
    return this.declared.options.element ?? this.inputEl;
  }

  /** Of a text: a field that is on no page, for scripts that set its looks; its value is the widget's. */
  get inputEl() {
    if (this.declared.options.element) return this.declared.options.element;
    if (this.declared.kind !== "text") return undefined;
    if (!this.#field) {
      this.#field = document.createElement("textarea");
      Object.defineProperty(this.#field, "value", { get: () => this.value, set: (value) => (this.value = value) });
    }
    return this.#field;
  }

  get value() {
    const { getValue } = this.declared.options;
    return typeof getValue === "function" ? getValue() : widgetValue(this.node.stored, this.declared);
  }

  set value(value) {
    if (this.declared.kind === "element") this.declared.options.setValue?.(value);
    this.node.changeWidget(this.declared, value);
  }

  /** An element shows what the workflow holds. */
  restore() {
    const { getValue, setValue } = this.declared.options;
    if (this.declared.kind !== "element" || typeof setValue !== "function") return;
    const stored = widgetValue(this.node.stored, this.declared);
    if (stored !== undefined && stored !== null && JSON.stringify(stored) !== JSON.stringify(getValue?.())) setValue(stored);
  }

  /** What an element holds that the workflow does not have yet; undefined for nothing. */
  get unsaved() {
    if (this.declared.kind !== "element" || !this.declared.sends) return undefined;
    const value = this.value;
    return JSON.stringify(value) === JSON.stringify(widgetValue(this.node.stored, this.declared)) ? undefined : value;
  }

  /** @param {any} values a list, or a function that gives one */
  #choices(values) {
    this.#change({ choices: [...(typeof values === "function" ? values() : values)] });
  }

  /** @param {string} key @param {any} value */
  #option(key, value) {
    this.#change({ options: { ...this.declared.options, [key]: value } });
  }

  /** @param {Partial<Widget>} change */
  #change(change) {
    this.declared = { ...this.declared, ...change };
    this.node.graph.changeWidget(this.node, this.declared, change);
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
  if (!kind) throw new Error(say("packs.no-widget", { kind: type, name }));
  const offered = typeof options.values === "function" ? options.values() : (options.values ?? []);
  // A record's keys are what is stored; LiteGraph counts steps in tenths.
  const choices = Array.isArray(offered) ? offered : Object.keys(offered);
  const step = options.step2 ?? (options.step === undefined ? undefined : options.step / 10);
  const hasValue = kind === "element" ? typeof options.getValue === "function" : kind !== "button";
  const multiline = type === "customtext" || options.multiline;
  return {
    name,
    type: "*",
    kind,
    slot,
    sends: hasValue && options.serialize !== false,
    initial: !hasValue ? null : kind === "element" ? (options.getValue() ?? null) : value,
    options: { ...options, ...(step === undefined ? {} : { step }), ...(multiline ? { multiline } : {}) },
    choices: [...choices],
  };
}
