// The prompts that the person has starred, kept among the user's files on the server.
import { Observable } from "../document/observable.js";
import { hearOthers, tellOthers } from "./other_windows.js";
/** @import {Server} from "./server.js" */

const FILE = "skein.stars.json";

/** Reads the stars once and stores each change; every change is made to what the server has at that moment. */
export class Stars {
  #changes = 0;

  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    /** @type {Observable<ReadonlySet<string>>} prompt ids, the newest star last */
    this.ids = new Observable(/** @type {ReadonlySet<string>} */ (new Set()));
  }

  /** Follow what other windows of this browser star. @returns {() => void} stops it */
  follow() {
    return hearOthers("stars", () => this.read().catch(() => {}));
  }

  async read() {
    const before = this.#changes;
    const stored = await this.#stored();
    // What was starred here meanwhile is newer.
    if (before === this.#changes) this.ids.value = stored;
  }

  /** @param {string} promptId */
  async toggle(promptId) {
    this.#changes += 1;
    const next = await this.#stored();
    if (!next.delete(promptId)) next.add(promptId);
    await this.server.writeFile(FILE, JSON.stringify([...next]), { overwrite: true });
    this.#changes += 1;
    this.ids.value = next;
    tellOthers("stars");
  }

  async #stored() {
    return new Set(readIds(await this.server.readFile(FILE, { optional: true })));
  }
}

/** A file that is not there, or that somebody has damaged, names no stars. @param {string} text @returns {string[]} */
function readIds(text) {
  try {
    const stored = JSON.parse(text);
    return Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}
