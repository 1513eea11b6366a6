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
  /** The kind that a script says it is, where the page has none such: it is hidden then. */
  #said = "";
  /** What a script has written last, of which it is not told again. @type {{value: any} | null} */
  #written = null;
  /** @type {((width: number) => [number, number]) | undefined} */
  #computeSize;

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

  /** Scripts give an element's height, or that of a hidden widget, which has none. @param {((width: number) => [number, number]) | undefined} computeSize */
  set computeSize(computeSize) {
    this.#computeSize = computeSize;
    this.measure();
  }

  get computeSize() {
    return this.#computeSize;
  }

  /** Ask the script again how high its element is. */
  measure() {
    if (this.declared.kind !== "element") return;
    this.node.graph.guard(this.node, "computeSize", () => {
      const [width] = this.node.size;
      const height = Math.round(Number(this.#computeSize?.(width)?.[1] ?? this.declared.options.getMinHeight?.() ?? this.declared.options.getHeight?.()));
      if (Number.isFinite(height) && height !== this.declared.options.height) this.#option("height", Math.max(0, height));
    });
  }

  get name() {
    return this.declared.name;
  }

  /** What a button is called stands on it. */
  set name(name) {
    if (name === this.name) return;
    if (this.declared.kind === "button") this.label = name;
    else throw new NotOfferedError(say("packs.not-renamed", { name: this.name, wanted: name }));
  }

  get type() {
    if (this.declared.options.hidden === true) return this.#said || "hidden";
    if (this.declared.kind === "text" && this.declared.options.multiline) return "customtext";
    return TYPES[this.declared.kind] ?? this.declared.kind;
  }

  set type(type) {
    if (type === this.type) return;
    const isShown = this.declared.options.hidden !== true;
    if (isShown && Object.hasOwn(KINDS, type)) throw new NotOfferedError(say("packs.not-made", { name: this.name, kind: this.type, wanted: type }));
    // Scripts hide a widget by a kind that no page knows.
    const isHidden = !Object.hasOwn(KINDS, type) && !Object.hasOwn(TYPES, type);
    this.#said = isHidden ? type : "";
    this.#option("hidden", isHidden);
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

  /** Of a long text: its field. The card takes it from here, with the looks and listeners that scripts give it. */
  get inputEl() {
    const { kind, options } = this.declared;
    if (options.element) return options.element;
    if (kind !== "text") return undefined;
    if (!options.field) this.#option("field", fieldOf(this));
    return this.declared.options.field;
  }

  get value() {
    const { getValue } = this.declared.options;
    return typeof getValue === "function" ? getValue() : widgetValue(this.node.stored, this.declared);
  }

  set value(value) {
    if (this.declared.kind === "element") this.declared.options.setValue?.(value);
    if (!this.node.isBeingMade) this.#written = { value };
    this.node.changeWidget(this.declared, value);
  }

  /** Whether a value that is new in the workflow is one that a script has written. @param {any} value */
  wasWritten(value) {
    const written = this.#written;
    this.#written = null;
    return written !== null && Object.is(written.value, value);
  }

  /** Whether a script has put a property of its own in place of the value. */
  get #hasOwnValue() {
    return Object.hasOwn(this, "value");
  }

  /** Give a script's own property what was chosen on the card. @param {any} value */
  take(value) {
    if (this.#hasOwnValue) inner_value_change(this, value);
  }

  /** An element, or a script's own value, shows what the workflow holds. @param {boolean} [isStored] whether that was opened or given back, and not just changed */
  restore(isStored = false) {
    const stored = widgetValue(this.node.stored, this.declared);
    const { getValue, setValue } = this.declared.options;
    const isOther = (/** @type {any} */ held) => stored !== undefined && stored !== null && JSON.stringify(stored) !== JSON.stringify(held);
    if (this.#hasOwnValue && isStored && stored !== undefined) this.value = stored;
    else if (this.declared.kind === "element" && typeof setValue === "function" && isOther(getValue?.())) setValue(stored);
  }

  /** What an element or a script's own value holds that the workflow does not have yet; undefined for nothing. */
  get unsaved() {
    if ((this.declared.kind !== "element" && !this.#hasOwnValue) || !this.declared.sends) return undefined;
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

/** Scripts tell by this name, in the stack of calls, that a value was chosen on the card. @param {PackWidget} widget @param {any} value */
function inner_value_change(widget, value) {
  widget.value = value;
}

/** A field for a long text; what a script writes into it is the widget's value. @param {PackWidget} widget */
function fieldOf(widget) {
  const field = document.createElement("textarea");
  const native = /** @type {Required<PropertyDescriptor>} */ (Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value"));
  field.value = String(widget.value ?? "");
  Object.defineProperty(field, "value", {
    get: () => native.get.call(field),
    set: (value) => {
      native.set.call(field, value);
      if (widget.value !== value) widget.value = value;
    },
  });
  return field;
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
    isAdded: true,
    kind,
    slot,
    sends: hasValue && options.serialize !== false,
    initial: !hasValue ? null : kind === "element" ? (options.getValue() ?? null) : value,
    options: { ...options, ...(step === undefined ? {} : { step }), ...(multiline ? { multiline } : {}) },
    choices: [...choices],
  };
}
