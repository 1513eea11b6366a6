// Which pack's script a failure came from, and saying so without letting it reach the page.
import { packOf } from "../kernels/pack_of.js";
import { say } from "../texts/texts.js";

/** What a pack's script asked for and is not offered here; the message says so in words. */
export class NotOfferedError extends Error {}

/** Calls packs' code so that a failure names the pack and harms nothing else. */
export class Blame {
  /** What was told, in its order. @type {string[]} */
  told = [];

  /** @param {(message: string) => void} onTold */
  constructor(onTold) {
    this.onTold = onTold;
  }

  /**
   * Call a pack's function; what it throws is told, and the answer is then undefined.
   * @template T
   * @param {string} pack the name to use where the failure itself names none
   * @param {string} what such as "setup"
   * @param {() => T} call
   * @returns {T | undefined}
   */
  guard(pack, what, call) {
    try {
      const answer = call();
      if (answer instanceof Promise) answer.catch((error) => this.tell(pack, what, error));
      return answer;
    } catch (error) {
      this.tell(pack, what, error);
      return undefined;
    }
  }

  /**
   * Tell of a failure, each only once.
   * @param {string} pack
   * @param {string} what
   * @param {unknown} error
   */
  tell(pack, what, error) {
    const message = error instanceof Error ? error.message : String(error);
    const text = say("packs.failed", { pack: packOf(error) || pack, what, problem: message });
    console.error(text, error);
    if (this.told.includes(text)) return;
    this.told.push(text);
    this.onTold(text);
  }
}

/**
 * An object that has what it is given, and says in words that it lacks everything else.
 * @template {object} T
 * @param {string} name
 * @param {T} offered
 * @returns {T}
 */
export function onlyOffered(name, offered) {
  return new Proxy(offered, {
    get(target, key, receiver) {
      if (typeof key === "symbol" || key in target || key === "then" || key === "toJSON") return Reflect.get(target, key, receiver);
      throw notOffered(name, key);
    },
    set(target, key, value, receiver) {
      if (typeof key === "symbol" || key in target) return Reflect.set(target, key, value, receiver);
      throw notOffered(name, key);
    },
  });
}

/** @param {string} name @param {string} key */
function notOffered(name, key) {
  return new NotOfferedError(say("packs.not-offered", { name: `${name}.${key}` }));
}

/**
 * Tell whose script puts something of its own in place of what the page does not ask for.
 * @param {Record<string, any>} owner
 * @param {readonly string[]} names
 * @param {string} said such as "app"
 * @param {Blame} blame
 */
export function tellReplaced(owner, names, said, blame) {
  for (const name of names) {
    let current = owner[name].bind(owner);
    Object.defineProperty(owner, name, {
      get: () => current,
      set: (replacement) => {
        current = replacement;
        blame.tell("?", `${said}.${name}`, new NotOfferedError(say("packs.not-asked", { name: `${said}.${name}` })));
      },
    });
  }
}
