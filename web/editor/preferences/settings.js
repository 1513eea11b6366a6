// The values of the settings: at hand at once from the browser, kept on the server for every browser of the person.
import { Observable } from "../document/observable.js";
import { SETTINGS } from "./table.js";
/** @import {Server} from "../client/server.js" */
/** @import {Setting} from "./table.js" */

const KEY = "skein.settings";

/** Answers at once; every change is stored. */
export class Settings {
  /** @type {Map<string, Observable<any>>} */
  #values = new Map();
  /** @type {readonly Setting[]} */
  all = SETTINGS;

  /**
   * @param {Server} server
   * @param {(problem: string) => void} onProblem
   */
  constructor(server, onProblem) {
    this.server = server;
    this.onProblem = onProblem;
    const kept = readSettings();
    for (const { id, initial } of SETTINGS) this.#values.set(id, new Observable(kept[id] ?? initial));
    for (const [id, value] of Object.entries(kept)) this.of(id).value = value;
  }

  /** Add a setting that the page itself does not have. @param {Setting} setting */
  declare(setting) {
    this.all = [...this.all.filter(({ id }) => id !== setting.id), setting];
    const value = this.of(setting.id);
    value.value ??= readSettings()[setting.id] ?? setting.initial;
  }

  /** A setting to follow; its value is undefined where it is not declared and was never set. @param {string} id */
  of(id) {
    let value = this.#values.get(id);
    if (!value) this.#values.set(id, (value = new Observable(/** @type {any} */ (undefined))));
    return value;
  }

  /** @param {string} id */
  get(id) {
    return this.of(id).value;
  }

  /** @param {string} id @param {any} value */
  async set(id, value) {
    this.of(id).value = value;
    this.#keep();
    await this.server.storeSettings({ [id]: value }).catch((error) => this.onProblem(error.message));
  }

  /** Take over what the server has, as another browser may have left it. */
  async load() {
    const stored = await this.server.settings().catch(() => ({}));
    const known = new Set(this.all.map(({ id }) => id));
    for (const [id, value] of Object.entries(stored)) {
      if ((id.startsWith("skein.") || known.has(id)) && JSON.stringify(value) !== JSON.stringify(this.get(id))) this.of(id).value = value;
    }
    this.#keep();
  }

  #keep() {
    const values = [...this.#values].map(([id, value]) => [id, value.value]);
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(values.filter(([, value]) => value !== undefined))));
  }
}

/** The settings as the browser last knew them, before anything else is there. @returns {Record<string, any>} */
export function readSettings() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    return {};
  }
}
