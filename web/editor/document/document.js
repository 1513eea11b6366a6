// The workflow that is being edited: the shown tab's value, history and name, for whoever follows them.
import { Observable } from "./observable.js";
import { closeGraph, findDefinition, openGraph } from "./scopes.js";
import { Tab } from "./tab.js";
/** @import {Workflow} from "./types.js" */

/** @typedef {{host: string, definition: string}} ScopeStep a node that was opened, and the subgraph that it is */

/** Holds the one workflow that is being edited; every change goes through `edit`. */
export class WorkflowDocument {
  /** @type {Tab} */
  #tab;
  /** @type {WeakMap<Tab, readonly ScopeStep[]>} what was open in the tabs that are not shown */
  #scopes = new WeakMap();

  /**
   * @param {Workflow} workflow
   * @param {string} name
   */
  constructor(workflow, name) {
    this.#tab = new Tab(workflow, name, { isFresh: true });
    this.current = new Observable(workflow);
    this.name = new Observable(name);
    /** The way into the opened subgraph, outermost first; empty where the workflow itself is shown. */
    this.scope = new Observable(/** @type {readonly ScopeStep[]} */ ([]));
    /** Whether it was changed since it was saved or opened. */
    this.modified = new Observable(false);
    /** Whether what changes is an undo or a redo, which nobody is to answer with an edit. */
    this.isReplaying = false;
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

  /** What is shown and edited: the workflow itself, or the opened subgraph in the shape of one. @returns {Workflow} */
  get graph() {
    const inner = this.scope.value.at(-1);
    return (inner && openGraph(this.workflow, inner.definition)) ?? this.workflow;
  }

  /** The ids of the opened nodes as runs write them before the ids of the nodes inside, such as "5:"; "" at the root. */
  get scopePath() {
    return this.scope.value.map((step) => `${step.host}:`).join("");
  }

  get history() {
    return this.#tab.history;
  }

  /**
   * Apply a pure edit of the opened graph as one step of the history. An edit that returns the same graph changes nothing.
   * @param {string} label what undo takes back, in words
   * @param {(workflow: Workflow) => Workflow} change
   * @param {string | null} mergeKey edits with the same key in quick succession are one step
   */
  edit(label, change, mergeKey = null) {
    const inner = this.scope.value.at(-1);
    if (!inner) return this.editWhole(label, change, mergeKey);
    const into = (/** @type {Workflow} */ workflow) => closeGraph(workflow, inner.definition, change(this.graph));
    this.editWhole(label, into, mergeKey === null ? null : this.scopePath + mergeKey);
  }

  /**
   * Apply a pure edit of the whole workflow, whichever graph is opened, as one step of the history.
   * @param {string} label what undo takes back, in words
   * @param {(workflow: Workflow) => Workflow} change
   * @param {string | null} mergeKey edits with the same key in quick succession are one step
   * @param {Tab} tab whose workflow
   */
  editWhole(label, change, mergeKey = null, tab = this.#tab) {
    const isShown = tab === this.#tab;
    const next = change(tab.workflow);
    if (next === tab.workflow) return;
    tab.history.push(next, label, mergeKey, isShown ? this.scope.value : (this.#scopes.get(tab) ?? []));
    if (isShown) this.#tell();
  }

  /**
   * Complete the last edit, or what was opened: no step of the history, and what was not modified stays so.
   * @param {(workflow: Workflow) => Workflow} change
   */
  amend(change) {
    const { workflow, saved } = this.#tab;
    const next = change(workflow);
    if (next === workflow) return;
    this.history.amend(next);
    if (saved === workflow) this.#tab.saved = next;
    this.#tell();
  }

  /**
   * Take the last edit back as if it had never been, where it was of this gesture.
   * @param {string} mergeKey as `editWhole` was given it
   * @returns {boolean} whether it was
   */
  retract(mergeKey) {
    const isRetracted = this.history.retract(mergeKey);
    if (isRetracted) this.#tell();
    return isRetracted;
  }

  undo() {
    this.#replay(() => this.history.undo());
  }

  redo() {
    this.#replay(() => this.history.redo());
  }

  /** @param {() => readonly ScopeStep[] | undefined} step */
  #replay(step) {
    this.isReplaying = true;
    try {
      this.#goTo(step());
    } finally {
      this.isReplaying = false;
    }
  }

  /** Show another open workflow, with its own history and the subgraph that was open in it. @param {Tab} tab */
  show(tab) {
    this.#scopes.set(this.#tab, this.scope.value);
    this.#tab = tab;
    this.name.value = tab.name;
    this.#tell();
    this.scope.value = this.#scopes.get(tab) ?? [];
  }

  markSaved() {
    this.#tab.markSaved();
    this.modified.value = false;
  }

  /** Show what a step of the history has changed. @param {readonly ScopeStep[] | undefined} place */
  #goTo(place) {
    this.#tell();
    const isThere = place?.every((step) => findDefinition(this.workflow, step.definition));
    const isShown = place?.length === this.scope.value.length && place.every((step, index) => step.host === this.scope.value[index].host);
    if (place && isThere && !isShown) this.scope.value = place;
  }

  #tell() {
    this.modified.value = this.#tab.isModified;
    this.current.value = this.#tab.workflow;
    const gone = this.scope.value.findIndex((step) => !findDefinition(this.workflow, step.definition));
    if (gone >= 0) this.scope.value = this.scope.value.slice(0, gone);
  }
}
