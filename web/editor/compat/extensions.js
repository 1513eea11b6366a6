// The extensions that packs' scripts register, and the calls of their hooks.
/** @import {Blame} from "./blame.js" */

/** @typedef {Record<string, any> & {name: string, pack: string}} Extension */

/** In the order of registration. */
export class Extensions {
  /** @type {Extension[]} */
  list = [];
  /** The pack whose script is being imported. */
  importing = "";

  /** @param {Blame} blame */
  constructor(blame) {
    this.blame = blame;
  }

  /** @param {Record<string, any>} extension */
  add(extension) {
    if (!extension?.name) throw new Error("An extension needs a name.");
    if (this.list.some((known) => known.name === extension.name)) throw new Error(`There is an extension “${extension.name}” already.`);
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

  /** The same, waiting for each. @param {string} hook @param {...any} values */
  async wait(hook, ...values) {
    const answers = [];
    for (const answer of this.call(hook, ...values)) answers.push(await Promise.resolve(answer).catch(() => undefined));
    return answers;
  }
}
