// The values of the settings: at hand at once from the browser, kept on the server for every browser of the person.
import { Observable } from "../document/observable.js";
import { SETTINGS } from "./table.js";
/** @import {Server} from "../client/server.js" */
/** @import {Setting} from "./table.js" */

const KEY = "skein.settings";
// What a page that went away had not told the server: the next one does.
const UNSENT = "skein.settings.unsent";

/** Answers at once; every change is stored. */
export class Settings {
  /** @type {Map<string, Observable<any>>} */
  #values = new Map();
  #unsent = new Set(/** @type {string[]} */ (read(UNSENT, [])));
  #sending = Promise.resolve();
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
    this.#unsent.add(id);
    this.#keep();
    await this.#send();
  }

  /** Take over what the server has, as another browser may have left it; what was changed here and not sent yet stays. */
  async load() {
    const stored = await this.server.settings().catch(() => ({}));
    const known = new Set(this.all.map(({ id }) => id));
    for (const [id, value] of Object.entries(stored)) {
      const isOurs = (id.startsWith("skein.") || known.has(id)) && !this.#unsent.has(id);
      if (isOurs && JSON.stringify(value) !== JSON.stringify(this.get(id))) this.of(id).value = value;
    }
    this.#keep();
    await this.#send();
  }

  /** One request after the other: a later value is never overtaken by an earlier one. */
  #send() {
    this.#sending = this.#sending.then(() => this.#sendUnsent()).catch((error) => this.onProblem(error.message));
    return this.#sending;
  }

  async #sendUnsent() {
    const changes = Object.fromEntries([...this.#unsent].map((id) => [id, this.get(id)]));
    if (!Object.keys(changes).length) return;
    await this.server.storeSettings(changes);
    for (const [id, value] of Object.entries(changes)) if (this.get(id) === value) this.#unsent.delete(id);
    this.#keep();
  }

  #keep() {
    const values = [...this.#values].map(([id, value]) => [id, value.value]);
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(values.filter(([, value]) => value !== undefined))));
    localStorage.setItem(UNSENT, JSON.stringify([...this.#unsent]));
  }
}

/** The settings as the browser last knew them, before anything else is there. @returns {Record<string, any>} */
export function readSettings() {
  return read(KEY, {});
}

/** @param {string} key @param {any} otherwise */
function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") ?? otherwise;
  } catch {
    return otherwise;
  }
}
