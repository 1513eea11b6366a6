// A node as packs' scripts see it: an object that reads from the open workflow and writes into it.
import { changeNode, dropLinks, resizeNode, setTitle } from "../document/edits.js";
import { findNode, linksById, nodePosition, nodeSize } from "../document/workflow.js";
import { faceOf } from "../kernels/faces.js";
import { widgetValue } from "../kernels/widget_values.js";
import { changeWidget } from "../commands/widgets.js";
import { declareWidget, PackWidget } from "./node_widgets.js";
/** @import {WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "../kernels/schema.js" */
/** @import {PackGraph} from "./graph.js" */

/** The base of the classes that `beforeRegisterNodeDef` is given; packs replace methods on their prototypes. */
export class PackNode {
  /** @type {Map<string, PackWidget>} */
  #widgets = new Map();

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
    this.last = findNode(this.graph.editor.document.workflow, this.key) ?? this.last;
    return this.last;
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
    return nodePosition(this.stored);
  }

  set pos([x, y]) {
    this.#change("Move", (node) => ({ ...node, pos: [x, y] }));
  }

  get size() {
    return nodeSize(this.stored);
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
    return this.stored.flags ?? {};
  }

  /** Writing a key of it changes the workflow. */
  get properties() {
    const { properties = {} } = this.stored;
    return new Proxy({ ...properties }, {
      set: (target, key, value) => {
        this.setProperty(String(key), value);
        return Reflect.set(target, key, value);
      },
    });
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
    if (!(name in (this.stored.properties ?? {}))) this.setProperty(name, value);
  }

  get inputs() {
    return this.stored.inputs ?? [];
  }

  get outputs() {
    return this.stored.outputs ?? [];
  }

  get widgets_values() {
    return this.stored.widgets_values;
  }

  /** @returns {PackWidget[]} */
  get widgets() {
    const widgets = this.#face().widgets.map((declared) => this.#widgetOf(declared));
    const alive = new Set(widgets.map((widget) => slotName(widget.declared)));
    for (const key of this.#widgets.keys()) if (!alive.has(key)) this.#widgets.delete(key);
    return widgets;
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
    return this.addWidget("dom", name, null, null, { ...options, element });
  }

  /** @param {PackWidget} widget */
  removeWidget(widget) {
    this.graph.removeWidget(this, widget.declared);
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
      const value = widget.value;
      if (before && Object.is(widgetValue(before, widget.declared), value)) continue;
      this.graph.guard(this, "a widget's callback", () => widget.callback?.(value, null, this, this.pos));
    }
  }

  /** @param {Widget} widget @param {any} value */
  changeWidget(widget, value) {
    changeWidget(this.graph.editor, this.key, widget, value);
  }

  #face() {
    const { document: open, definitions } = this.graph.editor;
    return faceOf(open.workflow, this.stored, definitions.value);
  }

  /** @param {Widget} declared */
  #widgetOf(declared) {
    const key = slotName(declared);
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
    this.graph.editor.document.editWhole(label, change, `pack ${label} ${this.key}`);
  }
}

/** @param {Widget} widget */
function slotName(widget) {
  return `${widget.name} ${widget.slot}`;
}
