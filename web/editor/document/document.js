// The open workflow: its current value, its history, its name and whether it was changed since it was saved.
import { History } from "./history.js";
import { Observable } from "./observable.js";
/** @import {Workflow} from "./types.js" */

/** Holds the one workflow that is being edited; every change goes through `edit`. */
export class WorkflowDocument {
  /** @type {History<Workflow>} */
  #history;
  /** @type {Workflow} */
  #saved;

  /**
   * @param {Workflow} workflow
   * @param {string} name
   */
  constructor(workflow, name) {
    this.#history = new History(workflow);
    this.#saved = workflow;
    this.current = new Observable(workflow);
    this.name = new Observable(name);
  }

  get workflow() {
    return this.current.value;
  }

  get isModified() {
    return this.workflow !== this.#saved;
  }

  get history() {
    return this.#history;
  }

  /**
   * Apply a pure edit as one step of the history. An edit that returns the same workflow changes nothing.
   * @param {string} label what undo takes back, in words
   * @param {(workflow: Workflow) => Workflow} change
   * @param {string | null} mergeKey edits with the same key in quick succession are one step
   */
  edit(label, change, mergeKey = null) {
    const next = change(this.workflow);
    if (next === this.workflow) return;
    this.#history.push(next, label, mergeKey);
    this.current.value = next;
  }

  undo() {
    this.#history.undo();
    this.current.value = this.#history.value;
  }

  redo() {
    this.#history.redo();
    this.current.value = this.#history.value;
  }

  /**
   * Open another workflow; its history starts empty.
   * @param {Workflow} workflow
   * @param {string} name
   * @param {{modified?: boolean}} [options]
   */
  open(workflow, name, options = {}) {
    this.#history.reset(workflow);
    this.#saved = options.modified ? /** @type {Workflow} */ ({ nodes: [], links: [] }) : workflow;
    this.name.value = name;
    this.current.value = workflow;
  }

  markSaved() {
    this.#saved = this.workflow;
  }
}
