// The extensions that packs' scripts register, and the calls of their hooks.
import { say } from "../texts/texts.js";
import { inTime } from "./patience.js";
/** @import {Blame} from "./blame.js" */

/** @typedef {Record<string, any> & {name: string, pack: string}} Extension */

/** In the order of registration. */
export class Extensions {
  /** @type {Extension[]} */
  list = [];
  /** The pack whose script is being imported. */
  importing = "";

  /**
   * @param {Blame} blame
   * @param {number} [patience] how long a hook may take, in milliseconds
   */
  constructor(blame, patience) {
    this.blame = blame;
    this.patience = patience;
  }

  /** @param {Record<string, any>} extension */
  add(extension) {
    if (!extension?.name) throw new Error(say("packs.nameless"));
    if (this.list.some((known) => known.name === extension.name)) throw new Error(say("packs.twice", { name: extension.name }));
    this.list.push(Object.assign(extension, { name: extension.name, pack: this.importing || extension.name }));
  }

  /** Whether any extension has this hook. @param {string} hook */
  has(hook) {
    return this.list.some((extension) => typeof extension[hook] === "function");
  }

  /**
   * Call a hook of every extension that has it.
   * @param {string} hook
   * @param {...any} values
   */
  call(hook, ...values) {
    return this.list
      .filter((extension) => typeof extension[hook] === "function")
      .map((extension) => this.blame.guard(extension.pack, hook, () => extension[hook](...values)));
  }

  /** The same, waiting for all, but not for ever. @param {string} hook @param {...any} values */
  async wait(hook, ...values) {
    const waiting = this.list.filter((extension) => typeof extension[hook] === "function");
    return Promise.all(
      waiting.map(async (extension) => {
        try {
          return await inTime(extension[hook](...values), this.patience);
        } catch (error) {
          this.blame.tell(extension.pack, hook, error);
        }
      }),
    );
  }

  /** The same, with the pack of each answer. @param {string} hook @param {...any} values @returns {Promise<{pack: string, makers: any}[]>} */
  async askEach(hook, ...values) {
    const asked = this.list.filter((extension) => typeof extension[hook] === "function");
    const answers = await this.wait(hook, ...values);
    return asked.map(({ pack }, index) => ({ pack, makers: answers[index] }));
  }

  /**
   * Call a hook of each and look at what it has done before the next is called.
   * @param {string} hook
   * @param {any[]} values
   * @param {(extension: Extension) => void} look
   */
  callEach(hook, values, look) {
    for (const extension of this.list) {
      if (typeof extension[hook] !== "function") continue;
      this.blame.guard(extension.pack, hook, () => extension[hook](...values));
      look(extension);
    }
  }
}
