// Parts of a node that packs' scripts write into: each write becomes a change of the workflow, never of what its history holds.
import { say } from "../texts/texts.js";
import { NotOfferedError } from "./blame.js";

/**
 * A copy that reads like the record; a key that is written is told.
 * @template {object} T
 * @param {T} record
 * @param {(key: string, value: any) => void} write
 * @returns {T}
 */
export function writing(record, write) {
  const copy = /** @type {T} */ (Array.isArray(record) ? [...record] : { ...record });
  return new Proxy(copy, {
    set(target, key, value) {
      write(String(key), value);
      return Reflect.set(target, key, value);
    },
    deleteProperty(target, key) {
      write(String(key), undefined);
      return Reflect.deleteProperty(target, key);
    },
  });
}

/**
 * A list that can be read only; who would change it is told how that is done here.
 * @template T
 * @param {string} name such as "node.inputs"
 * @param {T[]} items
 * @param {string} remedy
 * @returns {T[]}
 */
export function fixedList(name, items, remedy) {
  const refuse = () => {
    throw new NotOfferedError(say("packs.fixed-list", { name, remedy }));
  };
  return new Proxy(items, { set: refuse, deleteProperty: refuse });
}

/**
 * A list that takes the usual ways to change one (`length`, `splice`, `push`, `pop`): what has left it, or is new in it, is told
 * once the change is whole, which is when the length is set. The order is not kept.
 * @template T
 * @param {T[]} items
 * @param {(gone: T) => void} remove
 * @param {(added: T) => void} add
 * @returns {T[]}
 */
export function livingList(items, remove, add) {
  let known = new Set(items);
  return new Proxy([...items], {
    set(target, key, value) {
      const isSet = Reflect.set(target, key, value);
      if (key !== "length") return isSet;
      const before = known;
      known = new Set(target);
      for (const item of before) if (!known.has(item)) remove(item);
      for (const item of known) if (!before.has(item)) add(item);
      return isSet;
    },
  });
}

/** Slots by the objects that the workflow has, so that the same slot is the same object to a script. */
export class Slots {
  /** @type {WeakMap<object, any>} */
  #known = new WeakMap();

  /**
   * @param {"inputs" | "outputs"} side
   * @param {readonly any[]} stored
   * @param {(index: number, key: string, value: any) => void} write
   */
  of(side, stored, write) {
    const slots = stored.map((slot, index) => {
      if (!this.#known.has(slot)) this.#known.set(slot, writing(slot, (key, value) => write(index, key, value)));
      return this.#known.get(slot);
    });
    return fixedList(`node.${side}`, slots, side === "inputs" ? "addInput, removeInput" : "addOutput, removeOutput");
  }
}
