// A node as packs' scripts see it: an object that reads from the open workflow and writes into it.
import { nodeSize } from "../document/workflow.js";
import { widgetKey } from "../kernels/faces.js";
import { layoutCard } from "../kernels/layout.js";
import { widgetValue, withWidgetValue } from "../kernels/widget_values.js";
import { changeWidget } from "../commands/widgets.js";
import { say } from "../texts/texts.js";
import { declareWidget, PackWidget } from "./node_widgets.js";
import { NotOfferedError } from "./blame.js";
import { LinkedNode } from "./linked_node.js";
import { livingList } from "./written.js";
/** @import {WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "../kernels/schema.js" */

/** The base of the classes that `beforeRegisterNodeDef` is given; packs replace methods on their prototypes. */
export class PackNode extends LinkedNode {
  /** @type {Map<string, PackWidget>} */
  #widgets = new Map();

  /** The size that shows all of it. @returns {[number, number]} */
  computeSize() {
    for (const widget of this.#widgets.values()) widget.measure();
    const [width] = nodeSize(this.stored);
    return [width, layoutCard(this.stored, this.face, false).minHeight];
  }

  get widgets_values() {
    return structuredClone(this.stored.widgets_values);
  }

  /** @returns {PackWidget[]} */
  get widgets() {
    const widgets = this.face.widgets.map((declared) => this.#widgetOf(declared));
    const alive = new Set(widgets.map((widget) => widgetKey(widget.declared)));
    for (const key of this.#widgets.keys()) if (!alive.has(key)) this.#widgets.delete(key);
    const there = widgets.filter((widget) => !widget.isTakenOut);
    return livingList(there, (widget) => this.removeWidget(widget), (widget) => this.#putBack(widget));
  }

  set widgets(widgets) {
    this.widgets.splice(0, Infinity, ...widgets);
  }

  /**
   * @param {string} type
   * @param {string} name
   * @param {any} value
   * @param {((value: any) => void) | string | null} callback
   * @param {Record<string, any>} [options]
   */
  addWidget(type, name, value, callback, options = {}) {
    const onPress = typeof callback === "function" ? callback : undefined;
    const known = this.face.widgets;
    const slot = Math.max(-1, ...known.map((widget) => widget.slot)) + 1;
    const declared = declareWidget(type, name, value, { ...options, onPress: () => widget.callback?.(name, null, this, this.pos) }, slot);
    this.graph.addWidget(this, declared);
    const widget = this.#widgetOf(declared);
    widget.callback = onPress;
    return widget;
  }

  /**
   * @param {string} name
   * @param {string} _type
   * @param {HTMLElement} element
   * @param {Record<string, any>} [options]
   */
  addDOMWidget(name, _type, element, options = {}) {
    const height = options.height ?? (Number(options.getMinHeight?.()) || undefined);
    const widget = this.addWidget("dom", name, null, null, { ...options, height, element });
    if (typeof options.getValue === "function") for (const kind of ["input", "change"]) element.addEventListener(kind, () => this.graph.guard(this, "getValue", () => this.gather(widget)));
    return widget;
  }

  /** Put into the workflow what an element, or a script's own value, holds. @param {PackWidget} widget */
  gather(widget) {
    const value = widget.unsaved;
    if (value !== undefined) this.changeWidget(widget.declared, value);
  }

  /** One that the node's class has is hidden, and its value sent as ever. @param {PackWidget | number} widget or its place in the list */
  removeWidget(widget) {
    const found = typeof widget === "number" ? this.widgets[widget] : widget;
    if (found && !this.graph.removeWidget(this, found.declared)) found.isTakenOut = true;
  }

  /**
   * Tell its script what has changed of it but for links and values.
   * @param {WorkflowNode | undefined} before
   */
  tellChanges(before) {
    const { onResize } = /** @type {any} */ (this);
    const [old, now] = [before && nodeSize(before), nodeSize(this.stored)];
    const isResized = old && (old[0] !== now[0] || old[1] !== now[1]);
    if (isResized && typeof onResize === "function") this.graph.guard(this, "onResize", () => onResize.call(this, this.size));
  }

  /**
   * Call the callbacks of the widgets whose values are others than before.
   * @param {WorkflowNode | undefined} before
   */
  tellValues(before) {
    const { onWidgetChanged } = /** @type {any} */ (this);
    for (const widget of this.widgets) {
      const value = widgetValue(this.stored, widget.declared);
      const old = before && widgetValue(before, widget.declared);
      this.graph.guard(this, "setValue", () => widget.restore());
      if (widget.wasWritten(value) || (before && Object.is(old, value))) continue;
      this.graph.guard(this, "a widget's value", () => widget.take(value));
      this.graph.guard(this, "a widget's callback", () => widget.callback?.(value, null, this, this.pos));
      if (typeof onWidgetChanged === "function") this.graph.guard(this, "onWidgetChanged", () => onWidgetChanged.call(this, widget.name, value, old, widget));
      this.graph.guard(this, "a widget's value", () => this.gather(widget));
    }
  }

  /** @param {Widget} widget @param {any} value */
  changeWidget(widget, value) {
    if (widget.brings && !this.isBeingMade) return changeWidget(this.graph.editor, this.key, widget, value);
    const { widgets } = this.face;
    this.change(`Change ${widget.name}`, (node) => withWidgetValue(node, widgets, widget, value));
  }

  /** @param {PackWidget} widget one that was taken out of the list */
  #putBack(widget) {
    if (!(widget instanceof PackWidget) || widget.node !== this) throw new NotOfferedError(say("packs.fixed-list", { name: "node.widgets", remedy: "addWidget" }));
    if (widget.isTakenOut) widget.isTakenOut = false;
    else {
      this.graph.addWidget(this, widget.declared);
      this.#widgets.set(widgetKey(widget.declared), widget);
    }
  }

  /** @param {Widget} declared */
  #widgetOf(declared) {
    const key = widgetKey(declared);
    let widget = this.#widgets.get(key);
    if (!widget) this.#widgets.set(key, (widget = new PackWidget(this, declared)));
    widget.declared = declared;
    return widget;
  }
}
