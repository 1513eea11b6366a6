// The graph as packs' scripts see it: one object per node of the open workflow, made and let go as nodes come and go.
import { addNode, removeNodes } from "../document/edits.js";
import { linksById, nodesById } from "../document/workflow.js";
import { newNode } from "../kernels/new_node.js";
import { PackNode } from "./node.js";
/** @import {Editor} from "../editor.js" */
/** @import {NodeId} from "../document/types.js" */
/** @import {Widget} from "../kernels/schema.js" */

/**
 * What the graph tells of nodes that come, go and change.
 * @typedef {object} NodeListeners
 * @property {(node: PackNode, isOpened: boolean) => void} onNode
 * @property {(node: PackNode) => void} onGone
 * @property {(node: PackNode, slots: {side: number, index: number, isConnected: boolean}[]) => void} onLinks
 */

const INPUT_SIDE = 1;

/** Follows the workflow. */
export class PackGraph {
  /** @type {Map<string, PackNode>} */
  #nodes = new Map();
  /** @type {Map<string, import("../document/types.js").WorkflowNode>} */
  #known = new Map();
  /** @type {import("../document/tab.js").Tab | null} whose nodes these are */
  #tab = null;
  /** @type {Map<string, Map<string, Widget[]>>} class type → node → the widgets that scripts added to it */
  #added = new Map();

  /**
   * @param {Editor} editor
   * @param {(type: string) => typeof PackNode} classOf
   * @param {NodeListeners} listeners
   * @param {(node: PackNode, what: string, call: () => void) => void} guard calls code of a pack
   */
  constructor(editor, classOf, listeners, guard) {
    this.editor = editor;
    this.classOf = classOf;
    this.listeners = listeners;
    this.guard = guard;
    this.extra = {};
  }

  /** Begin to follow; every node that is there is new. */
  follow() {
    this.#catchUp();
    this.editor.document.current.subscribe(() => this.#catchUp());
    this.editor.definitions.subscribe(() => this.#declareAgain());
  }

  get _nodes() {
    return [...this.#nodes.values()];
  }

  get nodes() {
    return this._nodes;
  }

  get _groups() {
    return this.editor.document.workflow.groups ?? [];
  }

  get links() {
    return Object.fromEntries([...linksById(this.editor.document.workflow)].map(([id]) => [id, this.link(id)]));
  }

  /** @param {number} id */
  link(id) {
    const link = linksById(this.editor.document.workflow).get(id);
    if (!link) return null;
    const { from, fromSlot, to, toSlot, type } = link;
    return { id, origin_id: from, origin_slot: fromSlot, target_id: to, target_slot: toSlot, type };
  }

  /** @param {NodeId} id */
  getNodeById(id) {
    return this.#nodes.get(String(id)) ?? null;
  }

  /** @param {string} type */
  findNodesByType(type) {
    return this._nodes.filter((node) => node.type === type);
  }

  /** @param {string} title */
  findNodesByTitle(title) {
    return this._nodes.filter((node) => node.title === title);
  }

  /** @param {{type: string, at?: [number, number]}} wanted */
  addNodeOf({ type, at = [0, 0] }) {
    const definition = this.editor.definitions.value[type];
    if (!definition) throw new Error(`This server has no node class “${type}”.`);
    let id = 0;
    this.editor.document.editWhole("Add node", (workflow) => {
      const added = addNode(workflow, newNode(definition, { x: at[0], y: at[1] }));
      id = added.id;
      return added.workflow;
    });
    return this.getNodeById(id);
  }

  /** @param {PackNode} node */
  remove(node) {
    this.editor.document.editWhole("Delete", (workflow) => removeNodes(workflow, new Set([node.key])));
  }

  serialize() {
    return structuredClone(this.editor.document.workflow);
  }

  /** The page paints by itself what has changed. */
  setDirtyCanvas() {}

  /** Likewise. */
  change() {}

  /** @param {PackNode} node @param {Widget} widget */
  addWidget(node, widget) {
    const ofClass = this.#added.get(node.type) ?? new Map();
    this.#added.set(node.type, new Map(ofClass).set(node.key, [...(ofClass.get(node.key) ?? []), widget]));
    this.#declare(node.type);
  }

  /** @param {PackNode} node @param {Widget} widget */
  removeWidget(node, widget) {
    const ofClass = new Map(this.#added.get(node.type));
    ofClass.set(node.key, (ofClass.get(node.key) ?? []).filter((/** @type {Widget} */ other) => other.slot !== widget.slot));
    this.#added.set(node.type, ofClass);
    this.#declare(node.type);
  }

  /** @param {string} type */
  #declare(type) {
    const definitions = this.editor.definitions.value;
    const declared = definitions[type];
    if (declared) this.editor.definitions.value = { ...definitions, [type]: { ...declared, added: this.#added.get(type) } };
  }

  /** The server's declarations, read anew, know nothing of what scripts have added. */
  #declareAgain() {
    for (const [type, added] of this.#added) {
      const declared = this.editor.definitions.value[type];
      if (declared && declared.added !== added) this.#declare(type);
    }
  }

  #catchUp() {
    // In another tab all nodes are others, whatever their ids.
    const isOpened = this.#tab !== this.editor.document.tab;
    this.#tab = this.editor.document.tab;
    const now = nodesById(this.editor.document.workflow);
    for (const [id, node] of this.#nodes) {
      if (!isOpened && now.get(id)?.type === node.comfyClass) continue;
      this.#nodes.delete(id);
      this.#known.delete(id);
      for (const ofClass of this.#added.values()) ofClass.delete(id);
      this.listeners.onGone(node);
    }
    for (const [id, stored] of now) {
      const node = this.#nodes.get(id);
      const before = this.#known.get(id);
      this.#known.set(id, stored);
      if (!node) this.#admit(id, stored.type, isOpened);
      else if (before !== stored) this.#tellChanges(node, before, stored);
    }
  }

  /** @param {string} id @param {string} type @param {boolean} isOpened */
  #admit(id, type, isOpened) {
    const node = new (this.classOf(type))(this, id);
    this.#nodes.set(id, node);
    this.listeners.onNode(node, isOpened);
  }

  /**
   * Tell a node which of its values and links have changed.
   * @param {PackNode} node
   * @param {import("../document/types.js").WorkflowNode | undefined} before
   * @param {import("../document/types.js").WorkflowNode} now
   */
  #tellChanges(node, before, now) {
    if (before?.widgets_values !== now.widgets_values) node.tellValues(before);
    if (before?.inputs === now.inputs) return;
    const changed = (now.inputs ?? []).flatMap((slot, index) => {
      const isSame = (before?.inputs?.[index]?.link ?? null) === (slot.link ?? null);
      return isSame ? [] : [{ side: INPUT_SIDE, index, isConnected: slot.link != null }];
    });
    if (changed.length) this.listeners.onLinks(node, changed);
  }
}
