// One open workflow: its history, where it is stored, and how it was looked at.
import { History } from "./history.js";
import { newId } from "./ids.js";
/** @import {Workflow} from "./types.js" */

/** @typedef {{path: string, modified: number}} StoredFile where the server keeps it, and its time there (s) */

/**
 * @typedef {object} TabStart
 * @property {string} [id]
 * @property {StoredFile | null} [file]
 * @property {boolean} [isModified]
 * @property {boolean} [isFresh] whether it holds nothing of the person's; opening something takes its place
 * @property {{x: number, y: number, scale: number} | null} [view]
 */

/** Results are kept by a workflow's id, so no two tabs share one. @param {Workflow} workflow @param {readonly Tab[]} others @returns {Workflow} */
export function withOwnId(workflow, others) {
  const isTaken = others.some((tab) => tab.workflow.id === workflow.id);
  return workflow.id && !isTaken ? workflow : { ...workflow, id: newId() };
}

/** Holds what belongs to one open workflow while another is shown. */
export class Tab {
  /**
   * @param {Workflow} workflow
   * @param {string} name
   * @param {TabStart} [start]
   */
  constructor(workflow, name, { id = newId(), file = null, isModified = false, isFresh = false, view = null } = {}) {
    this.id = id;
    this.name = name;
    this.file = file;
    this.view = view;
    this.wasFresh = isFresh;
    this.history = new History(workflow);
    /** @type {Workflow | null} null where what was saved is not known */
    this.saved = isModified ? null : workflow;
  }

  get workflow() {
    return this.history.value;
  }

  get isModified() {
    return this.workflow !== this.saved;
  }

  /** Whether it holds nothing that a person made or opened. */
  get isFresh() {
    return this.wasFresh && !this.file && !this.history.canUndo && !this.history.canRedo && !this.isModified;
  }

  markSaved() {
    this.saved = this.workflow;
  }
}
