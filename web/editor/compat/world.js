// What the graphs of packs' scripts share, the workflow itself and those of its subgraphs.
import { PackNode } from "./node.js";
import { construct } from "./node_state.js";
import { NodeDeclarations } from "./declarations.js";
/** @import {Editor} from "../editor.js" */
/** @import {Workflow} from "../document/types.js" */

/**
 * What is told of nodes that come, go and change.
 * @typedef {object} NodeListeners
 * @property {(workflow: Workflow) => void} onOpening called before the nodes of an opened workflow are made
 * @property {(node: PackNode) => void} onMade called for every node, before what is stored of it is in force
 * @property {(node: PackNode) => void} onLoaded called for a node of an opened workflow, once all have what is stored of them
 * @property {(nodes: PackNode[]) => void} onOpened called once all nodes of an opened workflow are there
 * @property {(node: PackNode) => void} onGone
 * @property {(node: PackNode, slots: LinkChange[]) => void} onLinks
 */

/** @typedef {{side: number, index: number, isConnected: boolean, link: number | null}} LinkChange */

/** Makes changes of the workflow: each a step of its history, but for what scripts do while a node comes. */
export class World {
  #isSettling = false;

  /**
   * @param {Editor} editor
   * @param {(type: string) => typeof PackNode} classOf
   * @param {NodeListeners} listeners
   * @param {(node: PackNode, what: string, call: () => any) => any} guard calls code of a pack
   */
  constructor(editor, classOf, listeners, guard) {
    this.editor = editor;
    this.classOf = classOf;
    this.listeners = listeners;
    this.guard = guard;
    this.declarations = new NodeDeclarations(editor);
    /** Gives the element of a widget that draws itself. @type {(node: PackNode, widget: any) => HTMLElement} */
    this.draw = () => document.createElement("canvas");
    /** Have what scripts draw drawn anew. */
    this.spoil = () => {};
  }

  /**
   * Make the object of a node by its class; where that fails it is a plain one.
   * @param {Parameters<typeof construct>[1]} place
   * @returns {PackNode}
   */
  construct(place) {
    const nodeClass = this.classOf(place.stored.type);
    try {
      return construct(nodeClass, place);
    } catch (error) {
      const node = construct(PackNode, place);
      this.guard(node, "the constructor", () => {
        throw error;
      });
      return node;
    }
  }

  /**
   * @param {string} label
   * @param {(workflow: Workflow) => Workflow} change of the whole workflow
   * @param {string | null} [mergeKey]
   */
  edit(label, change, mergeKey = null) {
    if (this.#isSettling) this.editor.document.amend(change);
    else this.editor.document.editWhole(label, change, mergeKey);
  }

  /** Have what is changed meanwhile complete the last step of the history. @template T @param {() => T} call @returns {T} */
  settle(call) {
    const wasSettling = this.#isSettling;
    this.#isSettling = true;
    try {
      return call();
    } finally {
      this.#isSettling = wasSettling;
    }
  }

  /** The same, and leave the workflow as it was: for scripts that only follow it. @param {() => void} call */
  follow(call) {
    const { workflow } = this.editor.document;
    this.settle(call);
    if (this.editor.document.workflow !== workflow) this.editor.document.amend(() => workflow);
  }
}
