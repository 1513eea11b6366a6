// The open workflow: its current value, its history, its name and whether it was changed since it was saved.
import { History } from "./history.js";
import { Observable } from "./observable.js";
/** @import {Workflow} from "./types.js" */

/** Holds the one workflow that is being edited; every change goes through `edit`. */
export class WorkflowDocument {
  /** @type {History<Workflow>} */
  #history;
  /** @type {Workflow | null} null where what was saved is not known */
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
    /** Whether it was changed since it was saved or opened. */
    this.modified = new Observable(false);
  }

  get workflow() {
    return this.current.value;
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
    this.#show();
  }

  undo() {
    this.#history.undo();
    this.#show();
  }

  redo() {
    this.#history.redo();
    this.#show();
  }

  /**
   * Open another workflow; its history starts empty.
   * @param {Workflow} workflow
   * @param {string} name
   * @param {{modified?: boolean}} [options]
   */
  open(workflow, name, options = {}) {
    this.#history.reset(workflow);
    this.#saved = options.modified ? null : workflow;
    this.name.value = name;
    this.#show();
  }

  markSaved() {
    this.#saved = this.workflow;
    this.modified.value = false;
  }

  #show() {
    const { value } = this.#history;
    this.modified.value = value !== this.#saved;
    this.current.value = value;
  }
}
