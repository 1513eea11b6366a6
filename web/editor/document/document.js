// The workflow that is being edited: the shown tab's value, history and name, for whoever follows them.
import { Observable } from "./observable.js";
import { Tab } from "./tab.js";
/** @import {Workflow} from "./types.js" */

/** Holds the one workflow that is being edited; every change goes through `edit`. */
export class WorkflowDocument {
  /** @type {Tab} */
  #tab;

  /**
   * @param {Workflow} workflow
   * @param {string} name
   */
  constructor(workflow, name) {
    this.#tab = new Tab(workflow, name, { isFresh: true });
    this.current = new Observable(workflow);
    this.name = new Observable(name);
    /** Whether it was changed since it was saved or opened. */
    this.modified = new Observable(false);
    this.name.subscribe((value) => {
      this.#tab.name = value;
    });
  }

  get tab() {
    return this.#tab;
  }

  get workflow() {
    return this.current.value;
  }

  get history() {
    return this.#tab.history;
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
    this.history.push(next, label, mergeKey);
    this.#tell();
  }

  undo() {
    this.history.undo();
    this.#tell();
  }

  redo() {
    this.history.redo();
    this.#tell();
  }

  /** Show another open workflow, with its own history. @param {Tab} tab */
  show(tab) {
    this.#tab = tab;
    this.name.value = tab.name;
    this.#tell();
  }

  markSaved() {
    this.#tab.markSaved();
    this.modified.value = false;
  }

  #tell() {
    this.modified.value = this.#tab.isModified;
    this.current.value = this.#tab.workflow;
  }
}
