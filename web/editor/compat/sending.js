// What packs' scripts put around `app.queuePrompt` and `api.queuePrompt` is asked when the page sends a prompt.
import { RequestError } from "../client/server.js";
import { MissingNodeError } from "../kernels/resolving.js";
/** @import {Prompt, Workflow} from "../document/types.js" */
/** @import {PackApp} from "./app.js" */

/** @typedef {{front?: boolean, promptId: string}} Order */
/** @typedef {{prompt: Prompt | Workflow, workflow: Workflow}} Sent */

/** Whether the page itself tells of a problem, which is no script's. @param {unknown} error */
export function isOfPage(error) {
  return error instanceof RequestError || error instanceof MissingNodeError;
}

/** Lets scripts' functions run with the page's own at their end, which take what is sent in place of sending it. */
export class Sending {
  /** Whether a script's function is being asked, and not by itself sends. */
  isAsked = false;

  /** @param {PackApp} app */
  constructor(app) {
    this.app = app;
  }

  /**
   * What is sent of the open workflow. Where a script does not go on to the page's own function nothing is.
   * @param {Workflow} workflow
   * @param {Order} order
   * @returns {Promise<Sent>}
   */
  async toSend(workflow, order) {
    const { app } = this;
    const plain = async () => ({ prompt: await app.editor.promptOf(workflow), workflow });
    const isWrapped = Object.hasOwn(app, "queuePrompt") || Object.hasOwn(app.api, "queuePrompt");
    if (!isWrapped || workflow !== app.editor.document.workflow) return plain();
    try {
      return await this.#ask(workflow, order);
    } catch (error) {
      if (isOfPage(error)) throw error;
      app.blame.tell("?", "queuePrompt", error);
      return plain();
    }
  }

  /** What the page's own `app.queuePrompt` does meanwhile. @param {number} number */
  async make(number) {
    const { output, workflow } = await this.app.graphToPrompt();
    await this.app.api.queuePrompt(number, { output, workflow });
    return true;
  }

  /** @param {Workflow} workflow @param {Order} order @returns {Promise<Sent>} */
  async #ask(workflow, { front, promptId }) {
    const { app } = this;
    /** @type {Sent} */
    let sent = { prompt: {}, workflow };
    app.api.taking = (run) => {
      sent = { prompt: run.output, workflow: run.workflow };
      return { prompt_id: promptId, number: 0, node_errors: {} };
    };
    this.isAsked = true;
    try {
      await app.queuePrompt(front ? -1 : 0, 1);
      return sent;
    } finally {
      this.isAsked = false;
      app.api.taking = null;
    }
  }
}
