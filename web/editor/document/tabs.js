// The open workflows and which of them is shown.
import { Observable } from "./observable.js";
import { Tab, withOwnId } from "./tab.js";
import { emptyWorkflow } from "./workflow.js";
/** @import {WorkflowDocument} from "./document.js" */
/** @import {Workflow} from "./types.js" */
/** @import {TabStart} from "./tab.js" */

/** Keeps the order of the tabs; there is always one that is shown. */
export class Tabs {
  /**
   * @param {WorkflowDocument} document
   * @param {string} untitled the name of a workflow without one
   */
  constructor(document, untitled) {
    this.document = document;
    this.untitled = untitled;
    /** @type {Observable<readonly Tab[]>} */
    this.list = new Observable(/** @type {readonly Tab[]} */ ([document.tab]));
    /** @type {Observable<Tab>} */
    this.active = new Observable(document.tab);
  }

  /**
   * Open a workflow in a tab of its own, or in place of the shown one where that holds nothing.
   * @param {Workflow} workflow
   * @param {string} name
   * @param {TabStart} [start]
   */
  open(workflow, name, start) {
    const shown = this.active.value;
    const list = this.list.value;
    const tab = new Tab(withOwnId(workflow, list.filter((other) => other !== shown || !shown.isFresh)), name, start);
    this.list.value = shown.isFresh ? list.map((other) => (other === shown ? tab : other)) : [...list, tab];
    this.show(tab);
    return tab;
  }

  /** Open an empty workflow in a tab of its own. */
  create() {
    const tab = new Tab(withOwnId(emptyWorkflow(), this.list.value), this.untitled, { isFresh: true });
    this.list.value = [...this.list.value, tab];
    this.show(tab);
  }

  /** Take over a set of tabs, as drafts give them. @param {readonly Tab[]} tabs @param {Tab} shown */
  restore(tabs, shown) {
    this.list.value = tabs;
    this.show(shown);
  }

  /** @param {Tab} tab */
  show(tab) {
    this.document.show(tab);
    this.active.value = tab;
  }

  /** Edit a workflow that may not be shown. @param {Tab} tab @param {string} label @param {(workflow: Workflow) => Workflow} change */
  edit(tab, label, change) {
    const before = tab.workflow;
    this.document.editWhole(label, change, null, tab);
    if (tab !== this.active.value && tab.workflow !== before) this.list.value = [...this.list.value];
  }

  /** Tell that a tab was saved, or give it another name. @param {Tab} tab @param {string} name */
  renamed(tab, name) {
    tab.name = name;
    if (tab === this.active.value) this.document.show(tab);
    this.list.value = [...this.list.value];
  }

  /** Close a tab; its neighbour is shown, or an empty one where it was the last. @param {Tab} tab */
  close(tab) {
    const at = this.list.value.indexOf(tab);
    const left = this.list.value.filter((other) => other !== tab);
    if (!left.length) left.push(new Tab(withOwnId(emptyWorkflow(), []), this.untitled, { isFresh: true }));
    this.list.value = left;
    if (tab === this.active.value) this.show(left[Math.min(at, left.length - 1)]);
  }

  /** Show the tab so many places further on, around the end. @param {number} by */
  step(by) {
    const list = this.list.value;
    const at = list.indexOf(this.active.value);
    this.show(list[(at + by + list.length) % list.length]);
  }

  /** Put a tab in another place of the row. @param {Tab} tab @param {number} place */
  move(tab, place) {
    const others = this.list.value.filter((other) => other !== tab);
    this.list.value = [...others.slice(0, place), tab, ...others.slice(place)];
  }

  /** The tab that has a file of the server open. @param {string} path */
  ofFile(path) {
    return this.list.value.find((tab) => tab.file?.path === path);
  }
}
