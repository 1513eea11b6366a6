// The settings that packs' scripts bring, kept on the server under their own ids.
/** @import {PackApi} from "./api.js" */

/** @typedef {{id: string, name?: string, type?: any, defaultValue?: any, onChange?: (value: any, before?: any) => void}} PackSetting */

/** Reads them once, then answers at once and stores every change. */
export class PackSettings {
  /** @type {Map<string, PackSetting>} */
  #declared = new Map();
  /** @type {Record<string, any>} */
  #values = {};

  /** @param {PackApi} api */
  constructor(api) {
    this.api = api;
  }

  get all() {
    return [...this.#declared.values()];
  }

  async load() {
    this.#values = await this.api.getSettings();
    for (const setting of this.all) setting.onChange?.(this.get(setting.id));
  }

  /** @param {PackSetting} setting */
  add(setting) {
    this.#declared.set(setting.id, setting);
    const get = () => this.get(setting.id);
    return {
      get value() {
        return get();
      },
      set: (/** @type {any} */ value) => this.set(setting.id, value),
    };
  }

  /** @param {string} id @param {any} [otherwise] */
  get(id, otherwise) {
    const initial = this.#declared.get(id)?.defaultValue;
    return this.#values[id] ?? otherwise ?? (typeof initial === "function" ? initial() : initial);
  }

  /** @param {string} id @param {any} value */
  async set(id, value) {
    const before = this.get(id);
    this.#values = { ...this.#values, [id]: value };
    this.#declared.get(id)?.onChange?.(value, before);
    await this.api.storeSetting(id, value);
  }
}
