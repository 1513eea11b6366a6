// A node as packs' scripts see it: an object that reads from the open workflow and writes into it.
import { changeNode, dropLinks, resizeNode, setTitle } from "../document/edits.js";
import { findNode, linksById, nodePosition, nodeSize } from "../document/workflow.js";
import { faceOf, widgetKey } from "../kernels/faces.js";
import { widgetValue, withWidgetValue } from "../kernels/widget_values.js";
import { changeWidget } from "../commands/widgets.js";
import { say } from "../texts/texts.js";
import { declareWidget, PackWidget } from "./node_widgets.js";
import { NotOfferedError } from "./blame.js";
import { livingList, Slots, writing } from "./written.js";
/** @import {WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "../kernels/schema.js" */
/** @import {PackGraph} from "./graph.js" */

/** The base of the classes that `beforeRegisterNodeDef` is given; packs replace methods on their prototypes. */
export class PackNode {
  /** @type {Map<string, PackWidget>} */
  #widgets = new Map();
  #slots = new Slots();
  /** The node while scripts make it: what they do to it then reaches the workflow only where it is new there. @type {WorkflowNode | null} */
  #made = null;
  /** What scripts gave it as it was made; what is stored stands over it. @type {Record<string, any>} */
  #firstProperties = {};

  /**
   * @param {PackGraph} graph
   * @param {string} id
   */
  constructor(graph, id) {
    this.graph = graph;
    this.key = id;
    /** The last form of the node, kept for scripts that look at one that was just removed. */
    this.last = /** @type {WorkflowNode} */ (findNode(graph.editor.document.workflow, id));
    this.comfyClass = this.last.type;
  }

  /** The node as the workflow has it now. @returns {WorkflowNode} */
  get stored() {
    if (this.#made) return this.#made;
    this.last = findNode(this.graph.editor.document.workflow, this.key) ?? this.last;
    return this.last;
  }

  /**
   * Have scripts make the node out of its first state; answers what they made of it.
   * @param {WorkflowNode} first
   * @param {() => void} call
   * @returns {WorkflowNode}
   */
  make(first, call) {
    this.#made = first;
    try {
      call();
      this.#firstProperties = this.#made.properties ?? {};
      return this.#made;
    } finally {
      this.#made = null;
    }
  }

  get id() {
    return this.stored.id;
  }

  get type() {
    return this.stored.type;
  }

  get title() {
    return this.#face().title;
  }

  set title(title) {
    this.#edit("Rename", (workflow) => setTitle(workflow, this.key, title));
  }

  getTitle() {
    return this.title;
  }

  get pos() {
    return writing(nodePosition(this.stored), (key, value) => (this.pos = withItem(this.pos, key, value)));
  }

  set pos([x, y]) {
    this.#change("Move", (node) => ({ ...node, pos: [x, y] }));
  }

  get size() {
    return writing(nodeSize(this.stored), (key, value) => this.setSize(withItem(this.size, key, value)));
  }

  set size(size) {
    this.setSize(size);
  }

  /** @param {[number, number]} size */
  setSize([width, height]) {
    this.#edit("Resize", (workflow) => resizeNode(workflow, this.key, [width, height]));
  }

  /** @returns {[number, number]} */
  computeSize() {
    return nodeSize(this.stored);
  }

  get mode() {
    return this.stored.mode ?? 0;
  }

  set mode(mode) {
    this.#change("Mode", (node) => ({ ...node, mode }));
  }

  get color() {
    return this.stored.color;
  }

  set color(color) {
    this.#change("Colour", (node) => ({ ...node, color }));
  }

  get bgcolor() {
    return this.stored.bgcolor;
  }

  set bgcolor(bgcolor) {
    this.#change("Colour", (node) => ({ ...node, bgcolor }));
  }

  get flags() {
    return writing(this.stored.flags ?? {}, (key, value) => this.#change("Flags", (node) => ({ ...node, flags: { ...node.flags, [key]: value } })));
  }

  /** Writing a key of it changes the workflow. */
  get properties() {
    return writing({ ...this.#firstProperties, ...this.stored.properties }, (key, value) => this.setProperty(key, value));
  }

  set properties(properties) {
    this.#change("Properties", (node) => ({ ...node, properties: { ...properties } }));
  }

  /** @param {string} name @param {any} value */
  setProperty(name, value) {
    this.#change("Properties", (node) => ({ ...node, properties: { ...node.properties, [name]: value } }));
  }

  /** @param {string} name @param {any} value */
  addProperty(name, value) {
    if (!(name in this.properties)) this.setProperty(name, value);
  }

  get inputs() {
    return this.#slots.of("inputs", this.stored.inputs ?? [], (index, key, value) => this.#writeSlot("inputs", index, key, value));
  }

  get outputs() {
    return this.#slots.of("outputs", this.stored.outputs ?? [], (index, key, value) => this.#writeSlot("outputs", index, key, value));
  }

  get widgets_values() {
    return structuredClone(this.stored.widgets_values);
  }

  /** @returns {PackWidget[]} */
  get widgets() {
    const widgets = this.#face().widgets.map((declared) => this.#widgetOf(declared));
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
    const known = this.#face().widgets;
    const slot = Math.max(-1, ...known.map((widget) => widget.slot)) + 1;
    const declared = declareWidget(type, name, value, { ...options, onPress: () => onPress?.(name) }, slot);
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

  /** Put into the workflow what an element holds. @param {PackWidget} widget */
  gather(widget) {
    const value = widget.unsaved;
    if (value !== undefined) this.changeWidget(widget.declared, value);
  }

  /** One that the node's class has is hidden, and its value sent as ever. @param {PackWidget} widget */
  removeWidget(widget) {
    if (!this.graph.removeWidget(this, widget.declared)) widget.isTakenOut = true;
  }

  /** @param {string} name @param {string} type @param {Record<string, any>} [more] */
  addInput(name, type, more = {}) {
    this.#change("Add input", (node) => ({ ...node, inputs: [...(node.inputs ?? []), { name, type, link: null, ...more }] }));
  }

  /** @param {string} name @param {string} type @param {Record<string, any>} [more] */
  addOutput(name, type, more = {}) {
    this.#change("Add output", (node) => ({ ...node, outputs: [...(node.outputs ?? []), { name, type, links: [], ...more }] }));
  }

  /** @param {number} index */
  removeInput(index) {
    const link = this.inputs[index]?.link;
    this.#edit("Remove input", (workflow) =>
      changeNode(link == null ? workflow : dropLinks(workflow, new Set([link])), this.key, (node) => ({
        ...node,
        inputs: node.inputs?.filter((_slot, place) => place !== index),
      })),
    );
  }

  /** @param {string} name */
  findInputSlot(name) {
    return this.inputs.findIndex((slot) => slot.name === name);
  }

  /** @param {string} name */
  findOutputSlot(name) {
    return this.outputs.findIndex((slot) => slot.name === name);
  }

  /** @param {number} slot */
  isInputConnected(slot) {
    return this.inputs[slot]?.link != null;
  }

  /** @param {number} slot */
  getInputLink(slot) {
    const id = this.inputs[slot]?.link;
    return id == null ? null : this.graph.link(id);
  }

  /** @param {number} slot */
  getInputNode(slot) {
    const id = this.inputs[slot]?.link;
    const link = id == null ? undefined : linksById(this.graph.editor.document.workflow).get(id);
    return link ? this.graph.getNodeById(link.from) : null;
  }

  setDirtyCanvas() {
    this.graph.setDirtyCanvas();
  }

  serialize() {
    return structuredClone(this.stored);
  }

  /**
   * Call the callbacks of the widgets whose values are others than before.
   * @param {WorkflowNode | undefined} before
   */
  tellValues(before) {
    for (const widget of this.widgets) {
      const value = widgetValue(this.stored, widget.declared);
      this.graph.guard(this, "setValue", () => widget.restore());
      if (before && Object.is(widgetValue(before, widget.declared), value)) continue;
      this.graph.guard(this, "a widget's callback", () => widget.callback?.(value, null, this, this.pos));
    }
  }

  /** @param {Widget} widget @param {any} value */
  changeWidget(widget, value) {
    if (widget.brings && !this.#made) return changeWidget(this.graph.editor, this.key, widget, value);
    const { widgets } = this.#face();
    this.#change(`Change ${widget.name}`, (node) => withWidgetValue(node, widgets, widget, value));
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

  /** @param {"inputs" | "outputs"} side @param {number} index @param {string} key @param {any} value */
  #writeSlot(side, index, key, value) {
    this.#change("Change slot", (node) => ({ ...node, [side]: node[side]?.map((slot, place) => (place === index ? { ...slot, [key]: value } : slot)) }));
  }

  #face() {
    const { document: open, definitions } = this.graph.editor;
    return faceOf(open.workflow, this.stored, definitions.value);
  }

  /** @param {Widget} declared */
  #widgetOf(declared) {
    const key = widgetKey(declared);
    let widget = this.#widgets.get(key);
    if (!widget) this.#widgets.set(key, (widget = new PackWidget(this, declared)));
    widget.declared = declared;
    return widget;
  }

  /** @param {string} label @param {(node: WorkflowNode) => WorkflowNode} change */
  #change(label, change) {
    this.#edit(label, (workflow) => changeNode(workflow, this.key, change));
  }

  /** @param {string} label @param {(workflow: import("../document/types.js").Workflow) => import("../document/types.js").Workflow} change */
  #edit(label, change) {
    if (this.#made) this.#made = change({ ...this.graph.editor.document.workflow, nodes: [this.#made], links: [] }).nodes[0] ?? this.#made;
    else this.graph.edit(label, change, `pack ${label} ${this.key}`);
  }
}

/** @param {readonly number[]} pair @param {string} key @param {number} value @returns {[number, number]} */
function withItem([first, second], key, value) {
  return key === "0" ? [value, second] : [first, value];
}
