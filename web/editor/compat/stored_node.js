// What packs' scripts read and write of a node besides its slots and widgets: place, looks, properties. It is the workflow's.
import { changeNode, resizeNode, setTitle } from "../document/edits.js";
import { findNode, nodePosition, nodeSize } from "../document/workflow.js";
import { faceOf } from "../kernels/faces.js";
import { stateOf } from "./node_state.js";
import { inTheirForm } from "./stored.js";
import { writing } from "./written.js";
/** @import {Workflow, WorkflowNode} from "../document/types.js" */

const NEVER = 2;

/** A node of a graph, whatever its class. */
export class StoredNode {
  constructor() {
    this.comfyClass = stateOf(this).type;
    this.isVirtualNode = false;
    this.serialize_widgets = true;
  }

  get graph() {
    return stateOf(this).graph;
  }

  /** Nodes stay in the graph that they were made in. */
  set graph(_graph) {}

  get key() {
    return stateOf(this).key;
  }

  /** What tells it from nodes of equal ids in subgraphs. */
  get declaredAs() {
    return stateOf(this).declaredAs;
  }

  /** The node as the workflow has it now. @returns {WorkflowNode} */
  get stored() {
    const state = stateOf(this);
    if (state.made) return state.made;
    state.last = findNode(state.graph.workflow, state.key) ?? state.last;
    return state.last;
  }

  get isBeingMade() {
    return stateOf(this).made !== null;
  }

  get face() {
    return faceOf(this.graph.workflow, this.stored, this.graph.editor.definitions.value);
  }

  get id() {
    return this.stored.id;
  }

  /** Ids are the workflow's. */
  set id(_id) {}

  get type() {
    return stateOf(this).type;
  }

  /** A node stays of its class. */
  set type(_type) {}

  /** The graph of the subgraph that this node is; undefined where it is none. */
  get subgraph() {
    return this.graph.subgraphs.get(this.type);
  }

  isSubgraphNode() {
    return this.subgraph !== undefined;
  }

  get title() {
    return this.face.title;
  }

  set title(title) {
    this.editGraph("Rename", (workflow) => setTitle(workflow, this.key, title));
  }

  getTitle() {
    return this.title;
  }

  get pos() {
    return writing(nodePosition(this.stored), (key, value) => (this.pos = withItem(this.pos, key, value)));
  }

  set pos([x, y]) {
    this.change("Move", (node) => ({ ...node, pos: [x, y] }));
  }

  get size() {
    return writing(nodeSize(this.stored), (key, value) => this.setSize(withItem(this.size, key, value)));
  }

  set size(size) {
    this.setSize(size);
  }

  /** @param {[number, number]} size */
  setSize([width, height]) {
    this.editGraph("Resize", (workflow) => resizeNode(workflow, this.key, [width, height]));
  }

  get mode() {
    return this.stored.mode ?? 0;
  }

  set mode(mode) {
    this.change("Mode", (node) => ((node.mode ?? 0) === mode ? node : { ...node, mode }));
  }

  /** @param {number} mode */
  changeMode(mode) {
    this.mode = mode;
    return true;
  }

  get order() {
    return this.stored.order ?? 0;
  }

  /** The page runs nodes in an order of its own. */
  set order(_order) {}

  get color() {
    return this.stored.color;
  }

  set color(color) {
    this.change("Colour", (node) => ({ ...node, color }));
  }

  get bgcolor() {
    return this.stored.bgcolor;
  }

  set bgcolor(bgcolor) {
    this.change("Colour", (node) => ({ ...node, bgcolor }));
  }

  get flags() {
    return writing(this.stored.flags ?? {}, (key, value) => this.change("Flags", (node) => ({ ...node, flags: { ...node.flags, [key]: value } })));
  }

  get collapsed() {
    return this.stored.flags?.collapsed === true;
  }

  collapse() {
    this.flags.collapsed = !this.collapsed;
  }

  /** @param {boolean} [isPinned] */
  pin(isPinned = !this.stored.flags?.pinned) {
    this.flags.pinned = /** @type {any} */ (isPinned);
  }

  /** Whether a run passes it by. */
  get isMuted() {
    return this.mode === NEVER;
  }

  /** Writing a key of it changes the workflow. */
  get properties() {
    return writing({ ...stateOf(this).firstProperties, ...this.stored.properties }, (key, value) => writeProperty(this, key, value));
  }

  set properties(properties) {
    this.change("Properties", (node) => ({ ...node, properties: { ...properties } }));
  }

  /** Write one and say so to the node, which may answer false to keep what was. @param {string} name @param {any} value */
  setProperty(name, value) {
    const before = this.properties[name];
    if (before === value) return;
    writeProperty(this, name, value);
    const { onPropertyChanged } = /** @type {any} */ (this);
    if (typeof onPropertyChanged === "function" && onPropertyChanged.call(this, name, value, before) === false) writeProperty(this, name, before);
  }

  /** @param {string} name @param {any} value @param {string} [_type] @param {any} [_more] */
  addProperty(name, value, _type, _more) {
    if (!(name in this.properties)) writeProperty(this, name, value);
  }

  /** What is stored of it, with what the script's own hook adds. @returns {Record<string, any>} */
  serialize() {
    const made = inTheirForm(this.stored);
    const { onSerialize } = /** @type {any} */ (this);
    if (typeof onSerialize === "function") onSerialize.call(this, made);
    return made;
  }

  /** Whether a script has a say in what is stored of it. */
  get writesItself() {
    return typeof (/** @type {any} */ (this).onSerialize) === "function" || this.serialize !== StoredNode.prototype.serialize;
  }

  /**
   * Take over what was stored of a node, but for its identity and its links, and say so.
   * @param {Record<string, any>} info
   */
  configure(info) {
    if (!stateOf(this).isConfiguring) {
      const { id: _id, type: _type, inputs: _inputs, outputs: _outputs, order: _order, pos: _pos, ...rest } = info;
      this.change("Configure", (node) => ({ ...node, ...structuredClone(rest) }));
    }
    const { onConfigure } = /** @type {any} */ (this);
    if (typeof onConfigure === "function") onConfigure.call(this, info);
  }

  /** Have its script see what is stored of it already. */
  configureStored() {
    const state = stateOf(this);
    state.isConfiguring = true;
    try {
      this.configure(inTheirForm(this.stored));
    } finally {
      state.isConfiguring = false;
    }
  }

  setDirtyCanvas() {
    this.graph.setDirtyCanvas();
  }

  /** @param {string} label @param {(node: WorkflowNode) => WorkflowNode} change */
  change(label, change) {
    this.editGraph(label, (workflow) => changeNode(workflow, this.key, change));
  }

  /** @param {string} label @param {(workflow: Workflow) => Workflow} change */
  editGraph(label, change) {
    const state = stateOf(this);
    if (state.made) state.made = change({ ...this.graph.workflow, nodes: [state.made], links: [] }).nodes[0] ?? state.made;
    else this.graph.edit(label, change, `pack ${label} ${this.key}`);
  }
}

/** @param {StoredNode} node @param {string} key @param {any} value */
function writeProperty(node, key, value) {
  node.change("Properties", (stored) => ({ ...stored, properties: { ...stored.properties, [key]: value } }));
}

/** @param {readonly number[]} pair @param {string} key @param {number} value @returns {[number, number]} */
function withItem([first, second], key, value) {
  return key === "0" ? [value, second] : [first, value];
}
