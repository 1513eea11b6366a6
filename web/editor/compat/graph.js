// The graph as packs' scripts see it: one object per node of the open workflow, made and let go as nodes come and go.
import { addNode, changeNode, removeNodes } from "../document/edits.js";
import { linksById, nodePosition, nodesById } from "../document/workflow.js";
import { widgetKey } from "../kernels/faces.js";
import { newNode } from "../kernels/new_node.js";
import { say } from "../texts/texts.js";
import { NotOfferedError } from "./blame.js";
import { PackNode } from "./node.js";
import { writing } from "./written.js";
/** @import {Editor} from "../editor.js" */
/** @import {NodeId, WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "../kernels/schema.js" */

/**
 * What the graph tells of nodes that come, go and change.
 * @typedef {object} NodeListeners
 * @property {(node: PackNode) => void} onMade called for every node, before what is stored of it is in force
 * @property {(node: PackNode, isOpened: boolean) => void} onStored called for a node that was stored: opened, pasted, given back
 * @property {() => void} onOpened called once all nodes of an opened workflow are there
 * @property {(node: PackNode) => void} onGone
 * @property {(node: PackNode, slots: {side: number, index: number, isConnected: boolean, link: number | null}[]) => void} onLinks
 */

export const INPUT_SIDE = 1;
const OUTPUT_SIDE = 2;
// Scripts that answer every change with another never come to rest.
const MOST_TURNS = 50;

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
  /** @type {Map<string, Map<string, Map<string, Partial<Widget>>>>} class type → node → widget → what scripts changed of it */
  #changed = new Map();
  #isSettling = false;
  #isCatchingUp = false;
  #isBehind = false;

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
  }

  /** Begin to follow; every node that is there is new. */
  follow() {
    this.#catchUp();
    this.editor.document.current.subscribe(() => this.#catchUp());
    this.editor.definitions.subscribe(() => this.#declareAgain());
  }

  /** Writing a key of it changes the workflow. */
  get extra() {
    return writing(this.editor.document.workflow.extra ?? {}, (key, value) => this.edit("Extra", (workflow) => ({ ...workflow, extra: { ...workflow.extra, [key]: value } }), `pack extra ${key}`));
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

  /** A node is made where it is to stay: in the workflow. @param {{type: string, title?: string, at?: [number, number]}} wanted */
  addNodeOf({ type, title = "", at = [0, 0] }) {
    // What is made before would be put into a workflow again at each start of the page.
    if (!this.#tab) throw new NotOfferedError(say("packs.no-workflow-yet", { type }));
    const definition = this.editor.definitions.value[type];
    if (!definition) throw new Error(say("packs.no-class", { type }));
    let id = 0;
    this.editor.document.editWhole("Add node", (workflow) => {
      const added = addNode(workflow, newNode(definition, { x: at[0], y: at[1] }));
      id = added.id;
      return added.workflow;
    });
    const node = this.getNodeById(id);
    if (node && title) node.title = title;
    return node;
  }

  /** Every node that a script can make or find is in the workflow already. @param {PackNode} node */
  add(node) {
    if (node !== this.getNodeById(node?.id)) throw new NotOfferedError(say("packs.node-gone"));
    return node;
  }

  /** @param {PackNode} node */
  remove(node) {
    this.edit("Delete", (workflow) => removeNodes(workflow, new Set([node.key])));
  }

  /**
   * Change the workflow: as a step of its history, but for what scripts do while a node comes.
   * @param {string} label
   * @param {(workflow: import("../document/types.js").Workflow) => import("../document/types.js").Workflow} change
   * @param {string | null} [mergeKey]
   */
  edit(label, change, mergeKey = null) {
    if (this.#isSettling) this.editor.document.amend(change);
    else this.editor.document.editWhole(label, change, mergeKey);
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

  /** Remove one that a script has added; false where it is the class's own. @param {PackNode} node @param {Widget} widget */
  removeWidget(node, widget) {
    const ofClass = new Map(this.#added.get(node.type));
    const added = ofClass.get(node.key) ?? [];
    const left = added.filter((/** @type {Widget} */ other) => other.slot !== widget.slot);
    if (left.length === added.length) return false;
    ofClass.set(node.key, left);
    this.#added.set(node.type, ofClass);
    this.#declare(node.type);
    return true;
  }

  /** @param {PackNode} node @param {Widget} widget @param {Partial<Widget>} change */
  changeWidget(node, widget, change) {
    const ofClass = new Map(this.#changed.get(node.type));
    const ofNode = new Map(ofClass.get(node.key));
    ofNode.set(widgetKey(widget), { ...ofNode.get(widgetKey(widget)), ...change });
    this.#changed.set(node.type, ofClass.set(node.key, ofNode));
    this.#declare(node.type);
  }

  /** Put into the workflow what scripts' elements hold. */
  gather() {
    const wasSettling = this.#isSettling;
    this.#isSettling = true;
    for (const node of this._nodes) for (const widget of node.widgets) this.guard(node, "getValue", () => node.gather(widget));
    this.#isSettling = wasSettling;
  }

  /** @param {string} type */
  #declare(type) {
    const definitions = this.editor.definitions.value;
    const declared = definitions[type];
    const given = { added: this.#added.get(type), changed: this.#changed.get(type) };
    if (declared) this.editor.definitions.value = { ...definitions, [type]: { ...declared, ...given } };
  }

  /** The server's declarations, read anew, know nothing of what scripts have added. */
  #declareAgain() {
    for (const type of new Set([...this.#added.keys(), ...this.#changed.keys()])) {
      const declared = this.editor.definitions.value[type];
      if (declared && (declared.added !== this.#added.get(type) || declared.changed !== this.#changed.get(type))) this.#declare(type);
    }
  }

  #catchUp() {
    this.#isBehind = true;
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    try {
      for (let turns = 0; this.#isBehind && turns < MOST_TURNS; turns += 1) {
        this.#isBehind = false;
        this.#compare();
      }
    } finally {
      this.#isCatchingUp = false;
    }
  }

  #compare() {
    // In another tab all nodes are others, whatever their ids.
    const isOpened = this.#tab !== this.editor.document.tab;
    this.#tab = this.editor.document.tab;
    const now = nodesById(this.editor.document.workflow);
    for (const [id, node] of this.#nodes) {
      if (!isOpened && now.get(id)?.type === node.comfyClass) continue;
      this.#nodes.delete(id);
      this.#known.delete(id);
      for (const ofClass of [...this.#added.values(), ...this.#changed.values()]) ofClass.delete(id);
      this.listeners.onGone(node);
    }
    for (const [id, stored] of now) {
      // What was told of a node before may have taken this one away.
      if (!nodesById(this.editor.document.workflow).has(id)) continue;
      const node = this.#nodes.get(id);
      const before = this.#known.get(id);
      this.#known.set(id, stored);
      if (!node) this.#admit(id, stored, isOpened);
      else if (before !== stored) this.#tellChanges(node, before, stored);
    }
    if (isOpened) this.listeners.onOpened();
  }

  /**
   * Have scripts make a node: what they do to a new one is part of its adding; over any other what is stored comes again.
   * @param {string} id
   * @param {WorkflowNode} stored
   * @param {boolean} isOpened
   */
  #admit(id, stored, isOpened) {
    const node = new (this.classOf(stored.type))(this, id);
    this.#nodes.set(id, node);
    const first = this.#firstState(stored);
    const isNew = !isOpened && isUntouched(stored, first);
    const wasSettling = this.#isSettling;
    this.#isSettling = true;
    try {
      const made = node.make(isNew ? stored : first, () => this.listeners.onMade(node));
      if (!isNew) for (const widget of node.widgets) this.guard(node, "setValue", () => widget.restore());
      if (!isNew) this.listeners.onStored(node, isOpened);
      else if (made !== stored) this.editor.document.amend((workflow) => changeNode(workflow, id, () => made));
    } finally {
      this.#isSettling = wasSettling;
      this.#known.set(id, nodesById(this.editor.document.workflow).get(id) ?? stored);
    }
  }

  /** A node as it is when it is added, where its class is known. @param {WorkflowNode} stored @returns {WorkflowNode} */
  #firstState(stored) {
    const definition = this.editor.definitions.value[stored.type];
    const [x, y] = nodePosition(stored);
    return definition ? { ...newNode({ ...definition, added: undefined }, { x, y }), id: stored.id } : stored;
  }

  /**
   * Tell a node which of its values and links have changed.
   * @param {PackNode} node
   * @param {import("../document/types.js").WorkflowNode | undefined} before
   * @param {import("../document/types.js").WorkflowNode} now
   */
  #tellChanges(node, before, now) {
    // A script that answers with an edit would take away what redo leads to.
    if (this.editor.document.isReplaying) {
      for (const widget of node.widgets) this.guard(node, "setValue", () => widget.restore());
      return;
    }
    if (before?.widgets_values !== now.widgets_values) node.tellValues(before);
    const leaving = before?.outputs === now.outputs ? [] : changedOutputs(before?.outputs ?? [], now.outputs ?? []);
    if (leaving.length) this.listeners.onLinks(node, leaving);
    if (before?.inputs === now.inputs) return;
    const changed = (now.inputs ?? []).flatMap((slot, index) => {
      const isSame = (before?.inputs?.[index]?.link ?? null) === (slot.link ?? null);
      return isSame ? [] : [{ side: INPUT_SIDE, index, isConnected: slot.link != null, link: slot.link ?? null }];
    });
    if (changed.length) this.listeners.onLinks(node, changed);
  }
}

/** Whether a node is as it was added, wherever it lies and whatever is linked to it. @param {WorkflowNode} node @param {WorkflowNode} first */
function isUntouched(node, first) {
  const plain = (/** @type {any} */ { id: _id, pos: _pos, order: _order, inputs, outputs, ...rest }) => {
    const names = (/** @type {any[]} */ slots) => (slots ?? []).map(({ name, type }) => [name, type]);
    return JSON.stringify([names(inputs), names(outputs), Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))]);
  };
  return plain(node) === plain(first);
}

/** The links that came to outputs, and that went. @param {import("../document/types.js").OutputSlot[]} before @param {import("../document/types.js").OutputSlot[]} now */
function changedOutputs(before, now) {
  return now.flatMap((slot, index) => {
    const [old, links] = [before[index]?.links ?? [], slot.links ?? []];
    const gone = old.filter((id) => !links.includes(id)).map((link) => ({ side: OUTPUT_SIDE, index, isConnected: false, link }));
    return [...gone, ...links.filter((id) => !old.includes(id)).map((link) => ({ side: OUTPUT_SIDE, index, isConnected: true, link }))];
  });
}
