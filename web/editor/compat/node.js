// A node as packs' scripts see it: an object that reads from the open workflow and writes into it.
import { nodeSize } from "../document/workflow.js";
import { widgetKey } from "../kernels/faces.js";
import { layoutCard } from "../kernels/layout.js";
import { MADE_BY_SCRIPTS } from "../kernels/schema.js";
import { widgetValue, withWidgetValue } from "../kernels/widget_values.js";
import { changeWidget } from "../commands/widgets.js";
import { say } from "../texts/texts.js";
import { declareWidget, PackWidget } from "./node_widgets.js";
import { NotOfferedError } from "./blame.js";
import { LinkedNode } from "./linked_node.js";
import { picturesOf, setPictures } from "./node_pictures.js";
import { stateOf } from "./node_state.js";
import { adopt, drawsItself, heightOf } from "./own_widgets.js";
import { livingList } from "./written.js";
/** @import {WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "../kernels/schema.js" */

/** The base of the classes that `beforeRegisterNodeDef` is given; packs replace methods on their prototypes. */
export class PackNode extends LinkedNode {
  /** The size that shows all of it. @returns {[number, number]} */
  computeSize() {
    for (const widget of stateOf(this).widgets.values()) widget.measure();
    const [width] = nodeSize(this.stored);
    return [width, layoutCard(this.stored, this.face, false).minHeight];
  }

  /** The pictures on its card. */
  get imgs() {
    return picturesOf(this);
  }

  set imgs(images) {
    setPictures(this, images);
  }

  get widgets_values() {
    return structuredClone(this.stored.widgets_values);
  }

  set widgets_values(values) {
    this.change("Values", (node) => ({ ...node, widgets_values: structuredClone(values) }));
  }

  /** @returns {PackWidget[]} */
  get widgets() {
    const widgets = this.face.widgets.map((declared) => widgetOf(this, declared));
    const alive = new Set(widgets.map((widget) => widgetKey(widget.declared)));
    for (const key of stateOf(this).widgets.keys()) if (!alive.has(key)) stateOf(this).widgets.delete(key);
    const there = widgets.filter((widget) => !widget.isTakenOut);
    return livingList(there, (widget) => this.removeWidget(widget), (widget) => putBack(this, widget));
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
    const widget = widgetOf(this, place(this, declared));
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

  /**
   * Add a widget that the script has made: one that draws itself as it is, any other as one of the page's.
   * @param {any} widget
   */
  addCustomWidget(widget) {
    if (widget instanceof PackWidget) return putBack(this, widget), widget;
    if (!drawsItself(widget)) return addPlain(this, widget);
    const sends = widget.options?.serialize !== false && widget.serialize !== false;
    const options = { ...widget.options, height: heightOf(widget, this), element: this.graph.world.draw(this, widget) };
    const slot = Math.max(-1, ...this.face.widgets.map((other) => other.slot)) + 1;
    const declared = { ...declareWidget("dom", widget.name, null, options, slot), sends, initial: sends ? (structuredClone(widget.value) ?? null) : null };
    const placed = place(this, declared);
    stateOf(this).widgets.set(widgetKey(placed), adopt(this, widget, placed));
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
    if (!found) return;
    this.graph.guard(this, "onRemove", () => /** @type {any} */ (found).onRemove?.());
    if (!this.graph.removeWidget(this, found.declared)) found.isTakenOut = true;
    // Once the script has done: most put others in their place at once. Of what is being opened it may still want the values.
    else if (!stateOf(this).isConfiguring) queueMicrotask(() => dropValues(this));
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
}

/** No value stays stored behind those of the widgets that are there. @param {PackNode} node */
function dropValues(node) {
  const { widgets_values: values } = node.stored;
  const length = Math.max(-1, ...node.face.widgets.map((widget) => widget.slot)) + 1;
  if (Array.isArray(values) && values.length > length) node.change("Values", (stored) => ({ ...stored, widgets_values: values.slice(0, length) }));
}

/** @param {PackNode} node @param {any} widget one that was taken out of the list, or that the script has made */
function putBack(node, widget) {
  if (!(widget instanceof PackWidget)) return void node.addCustomWidget(widget);
  if (widget.node !== node) throw new NotOfferedError(say("packs.fixed-list", { name: "node.widgets", remedy: "addWidget" }));
  if (widget.isTakenOut) widget.isTakenOut = false;
  else {
    node.graph.addWidget(node, widget.declared);
    stateOf(node).widgets.set(widgetKey(widget.declared), widget);
  }
}

/** @param {PackNode} node @param {any} widget a record of the script */
function addPlain(node, { type = "text", name = "", value = "", callback = null, options = {}, ...more }) {
  return Object.assign(node.addWidget(type, name, value, callback, options), "serializeValue" in more ? { serializeValue: more.serializeValue } : {});
}

/** Put a widget on a card: where the class declares one that scripts are to make, in its place. @param {PackNode} node @param {Widget} declared @returns {Widget} */
function place(node, declared) {
  const there = stateOf(node).isConstructing ? node.face.widgets.find(({ name }) => name === declared.name) : undefined;
  if (there) return there;
  const wanted = node.face.widgets.find(({ name, options }) => name === declared.name && options.widgetType === MADE_BY_SCRIPTS && !options.isMade);
  if (!wanted) {
    node.graph.addWidget(node, declared);
    return declared;
  }
  const { kind, choices, sends } = declared;
  const initial = wanted.options.default ?? declared.initial;
  const options = { ...wanted.options, ...declared.options, isMade: true };
  node.graph.changeWidget(node, wanted, { kind, choices, sends, initial, options });
  return { ...wanted, kind, choices, sends, initial, options };
}

/** @param {PackNode} node @param {Widget} declared */
function widgetOf(node, declared) {
  const { widgets } = stateOf(node);
  const key = widgetKey(declared);
  let widget = widgets.get(key);
  if (!widget) widgets.set(key, (widget = new PackWidget(node, declared)));
  widget.declared = declared;
  return widget;
}
