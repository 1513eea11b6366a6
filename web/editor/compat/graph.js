// A graph as packs' scripts see it, the workflow or one of its subgraphs: one object per node, made and let go as nodes come and go.
import { addNode, changeNode, dropLinks, removeNodes } from "../document/edits.js";
import { closeGraph, findDefinition, openGraph } from "../document/scopes.js";
import { isBox } from "../document/slots.js";
import { linksById, nodePosition, nodesById } from "../document/workflow.js";
import { newNode } from "../kernels/new_node.js";
import { say } from "../texts/texts.js";
import { NotOfferedError } from "./blame.js";
import { changedInputs, changedOutputs } from "./changed_links.js";
import { finishMaking } from "./node_state.js";
import { isUntouched, serializedOf } from "./stored.js";
import { writing } from "./written.js";
/** @import {NodeId, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "../kernels/schema.js" */
/** @import {PackNode} from "./node.js" */
/** @import {World} from "./world.js" */

// Scripts that answer every change with another never come to rest.
const MOST_TURNS = 50;

/** Follows the workflow. */
export class PackGraph {
  /** @type {Map<string, PackNode>} */
  #nodes = new Map();
  /** @type {Map<string, WorkflowNode>} */
  #known = new Map();
  /** @type {import("../document/tab.js").Tab | null} whose nodes these are */
  #tab = null;
  /** What was compared last. @type {WorkflowNode[] | null} */
  #compared = null;
  #isCatchingUp = false;
  #isBehind = false;
  #isGathering = false;

  /**
   * @param {World} world
   * @param {string | null} definition the subgraph; null for the workflow itself
   * @param {PackGraph | null} rootGraph
   */
  constructor(world, definition = null, rootGraph = null) {
    this.world = world;
    this.definition = definition;
    /** @type {PackGraph} */
    this.rootGraph = rootGraph ?? this;
    /** The subgraphs of the workflow by their ids; those of a subgraph are the workflow's. @type {Map<string, PackGraph>} */
    this.subgraphs = rootGraph?.subgraphs ?? new Map();
  }

  get editor() {
    return this.world.editor;
  }

  /** What this graph is now, in the shape of a workflow. @returns {Workflow} */
  get workflow() {
    const { workflow } = this.editor.document;
    return (this.definition !== null && openGraph(workflow, this.definition)) || workflow;
  }

  get isRootGraph() {
    return this.definition === null;
  }

  get id() {
    return this.definition ?? this.workflow.id;
  }

  get name() {
    return this.definition === null ? undefined : findDefinition(this.editor.document.workflow, this.definition)?.name;
  }

  /** Begin to follow; every node that is there is new. */
  follow() {
    this.#catchUp();
    this.editor.document.current.subscribe(() => this.#catchUp());
    this.world.declarations.follow();
  }

  /** Writing a key of it changes the workflow. */
  get extra() {
    return writing(this.workflow.extra ?? {}, (key, value) => this.edit("Extra", (workflow) => ({ ...workflow, extra: { ...workflow.extra, [key]: value } }), `pack extra ${key}`));
  }

  get _nodes() {
    return [...this.#nodes.values()];
  }

  get nodes() {
    return this._nodes;
  }

  get _nodes_by_id() {
    return Object.fromEntries(this.#nodes);
  }

  get _groups() {
    return this.workflow.groups ?? [];
  }

  get groups() {
    return this._groups;
  }

  get links() {
    const links = Object.fromEntries([...linksById(this.workflow)].map(([id]) => [id, this.link(id)]));
    // Newer scripts ask a map.
    return Object.defineProperty(links, "get", { value: (/** @type {number} */ id) => this.getLink(id), enumerable: false });
  }

  get _subgraphs() {
    return this.subgraphs;
  }

  /** @param {number} id */
  link(id) {
    const link = linksById(this.workflow).get(id);
    if (!link) return null;
    const { from, fromSlot, to, toSlot, type } = link;
    return { id, origin_id: from, origin_slot: fromSlot, target_id: to, target_slot: toSlot, type };
  }

  /** @param {number} id */
  getLink(id) {
    return this.link(id) ?? undefined;
  }

  /** @param {number} id */
  removeLink(id) {
    this.edit("Remove link", (workflow) => dropLinks(workflow, new Set([id])));
  }

  /** @param {NodeId} id */
  getNodeById(id) {
    return this.#nodes.get(String(id)) ?? null;
  }

  /** The node that a run names, such as "5:3" for one inside node 5. @param {NodeId} id @returns {PackNode | null} */
  nodeOfRun(id) {
    const [first, ...rest] = String(id).split(":");
    const node = this.getNodeById(first);
    return rest.length ? (node?.subgraph?.nodeOfRun(rest.join(":")) ?? null) : node;
  }

  /** @param {string} type */
  findNodesByType(type) {
    return this._nodes.filter((node) => node.type === type);
  }

  /** @param {string} title */
  findNodesByTitle(title) {
    return this._nodes.filter((node) => node.title === title);
  }

  /** @param {string} title */
  findNodeByTitle(title) {
    return this.findNodesByTitle(title)[0] ?? null;
  }

  /** A node is made where it is to stay: in the workflow. @param {{type: string, title?: string, at?: [number, number]}} wanted */
  addNodeOf({ type, title = "", at = [0, 0] }) {
    // What is made before would be put into a workflow again at each start of the page.
    if (!this.#tab) throw new NotOfferedError(say("packs.no-workflow-yet", { type }));
    const definition = this.editor.definitions.value[type];
    if (!definition) throw new Error(say("packs.no-class", { type }));
    let id = 0;
    this.edit("Add node", (workflow) => {
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
   * Change this graph: as a step of the history, but for what scripts do while a node comes.
   * @param {string} label
   * @param {(workflow: Workflow) => Workflow} change
   * @param {string | null} [mergeKey]
   */
  edit(label, change, mergeKey = null) {
    const { definition } = this;
    if (definition === null) return this.world.edit(label, change, mergeKey);
    const inside = (/** @type {Workflow} */ workflow) => {
      const graph = openGraph(workflow, definition);
      return graph ? closeGraph(workflow, definition, change(graph)) : workflow;
    };
    this.world.edit(label, inside, mergeKey && `${definition} ${mergeKey}`);
  }

  serialize() {
    this.gather();
    return structuredClone(this.workflow);
  }

  /** The page paints by itself what has changed; what scripts draw is drawn anew. */
  setDirtyCanvas() {
    this.world.spoil();
  }

  /** Likewise. */
  change() {
    this.world.spoil();
  }

  /** Each change of a script is a step of the history by itself. */
  beforeChange() {}

  /** Likewise. */
  afterChange() {}

  /** @param {PackNode} node @param {Widget} widget */
  addWidget(node, widget) {
    this.world.declarations.add(node.type, node.declaredAs, widget);
  }

  /** @param {PackNode} node @param {Widget} widget */
  removeWidget(node, widget) {
    return this.world.declarations.remove(node.type, node.declaredAs, widget);
  }

  /** @param {PackNode} node @param {Widget} widget @param {Partial<Widget>} change */
  changeWidget(node, widget, change) {
    this.world.declarations.change(node.type, node.declaredAs, widget, change);
  }

  /** @param {PackNode} node @param {string} what @param {() => any} call code of a pack */
  guard(node, what, call) {
    return this.world.guard(node, what, call);
  }

  /** Put into the workflow what scripts' elements hold, and what scripts write into what is stored of their nodes. */
  gather() {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.world.settle(() => {
      for (const node of this._nodes) {
        for (const widget of node.widgets) this.guard(node, "getValue", () => node.gather(widget));
        const made = serializedOf(node);
        if (made) this.edit("Serialize", (workflow) => changeNode(workflow, node.key, () => made));
      }
      if (this.isRootGraph) for (const inner of this.subgraphs.values()) inner.gather();
    });
    this.#isGathering = false;
  }

  #catchUp() {
    this.#isBehind = true;
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    try {
      for (let turns = 0; this.#isBehind && turns < MOST_TURNS; turns += 1) {
        this.#isBehind = false;
        this.#compareAll();
      }
    } finally {
      this.#isCatchingUp = false;
    }
  }

  /** Inside first, so that a node that is a subgraph has one when it is made. */
  #compareAll() {
    const { tab, workflow } = this.editor.document;
    const isOpened = this.#tab !== tab;
    this.#tab = tab;
    if (isOpened) this.world.listeners.onOpening(workflow);
    const ids = new Set((workflow.definitions?.subgraphs ?? []).map(({ id }) => id));
    for (const [id, graph] of this.subgraphs) {
      if (ids.has(id)) continue;
      this.subgraphs.delete(id);
      graph.#letGo(() => true);
    }
    for (const id of ids) if (!this.subgraphs.has(id)) this.subgraphs.set(id, new PackGraph(this.world, id, this));
    const come = [...this.subgraphs.values(), this].flatMap((graph) => graph.#compare(isOpened));
    if (!isOpened) return;
    for (const node of come) this.world.listeners.onLoaded(node);
    this.world.listeners.onOpened(come);
  }

  /** @param {(id: string, node: PackNode) => boolean} isGone */
  #letGo(isGone) {
    for (const [id, node] of this.#nodes) {
      if (!isGone(id, node)) continue;
      this.#nodes.delete(id);
      this.#known.delete(id);
      this.world.declarations.forget(node.declaredAs);
      this.world.listeners.onGone(node);
    }
  }

  /** @param {boolean} isOpened in another tab all nodes are others, whatever their ids @returns {PackNode[]} those that have come */
  #compare(isOpened) {
    if (!isOpened && this.#compared === this.workflow.nodes) return [];
    this.#compared = this.workflow.nodes;
    const now = nodesById(this.workflow);
    this.#letGo((id, node) => isOpened || now.get(id)?.type !== node.type);
    const come = [];
    for (const id of now.keys()) {
      // What was told of a node before may have taken this one away, or changed it.
      const stored = nodesById(this.workflow).get(id);
      if (!stored || isBox(stored.id)) continue;
      const node = this.#nodes.get(id);
      const before = this.#known.get(id);
      this.#known.set(id, stored);
      if (!node) come.push(this.#make(id, stored, isOpened));
      else if (before !== stored) this.#tellChanges(node, before, stored);
    }
    for (const { node, isNew } of come) if (!isNew) this.#configure(node);
    return come.map(({ node }) => node);
  }

  /**
   * Have scripts make a node: what they do to a new one is part of its adding; over any other what is stored comes again.
   * @param {string} id
   * @param {WorkflowNode} stored
   * @param {boolean} isOpened
   */
  #make(id, stored, isOpened) {
    const first = this.#firstState(stored);
    const isNew = !isOpened && isUntouched(stored, first);
    const node = this.world.settle(() => {
      const node = this.world.construct({ graph: this, key: id, stored, first: isNew ? stored : first });
      this.#nodes.set(id, node);
      this.world.listeners.onMade(node);
      const made = finishMaking(node);
      if (isNew && made !== stored) this.edit("Add node", (workflow) => changeNode(workflow, id, () => made));
      return node;
    });
    this.#remember(id, stored);
    return { node, isNew };
  }

  /** Let scripts see what is stored of a node that was opened, pasted or given back. @param {PackNode} node */
  #configure(node) {
    this.world.settle(() => {
      for (const widget of node.widgets) this.guard(node, "setValue", () => widget.restore(true));
      this.guard(node, "onConfigure", () => node.configureStored());
    });
    this.#remember(node.key, node.stored);
  }

  /** @param {string} id @param {WorkflowNode} stored */
  #remember(id, stored) {
    this.#known.set(id, nodesById(this.workflow).get(id) ?? stored);
  }

  /** A node as it is when it is added, where its class is known. @param {WorkflowNode} stored @returns {WorkflowNode} */
  #firstState(stored) {
    const definition = this.editor.definitions.value[stored.type];
    const [x, y] = nodePosition(stored);
    return definition ? { ...newNode({ ...definition, added: undefined }, { x, y }), id: stored.id } : stored;
  }

  /**
   * Tell a node what has changed of it.
   * @param {PackNode} node
   * @param {WorkflowNode | undefined} before
   * @param {WorkflowNode} now
   */
  #tellChanges(node, before, now) {
    // A script that answers with an edit would take away what redo leads to.
    if (this.editor.document.isReplaying) {
      this.world.follow(() => {
        for (const widget of node.widgets) this.guard(node, "setValue", () => widget.restore(true));
      });
      return;
    }
    node.tellChanges(before);
    if (before?.widgets_values !== now.widgets_values) node.tellValues(before);
    const leaving = before?.outputs === now.outputs ? [] : changedOutputs(before?.outputs ?? [], now.outputs ?? []);
    if (leaving.length) this.world.listeners.onLinks(node, leaving);
    const coming = before?.inputs === now.inputs ? [] : changedInputs(before?.inputs ?? [], now.inputs ?? []);
    if (coming.length) this.world.listeners.onLinks(node, coming);
  }
}
