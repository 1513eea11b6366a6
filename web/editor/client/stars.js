// The prompts that the person has starred, kept among the user's files on the server.
import { Observable } from "../document/observable.js";
/** @import {Server} from "./server.js" */

const FILE = "skein.stars.json";

/** Reads the stars once and stores each change; every change is made to what the server has at that moment. */
export class Stars {
  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    /** @type {Observable<ReadonlySet<string>>} prompt ids, the newest star last */
    this.ids = new Observable(/** @type {ReadonlySet<string>} */ (new Set()));
  }

  async read() {
    this.ids.value = new Set(readIds(await this.server.readFile(FILE, { optional: true })));
  }

  /** @param {string} promptId */
  async toggle(promptId) {
    await this.read();
    const next = new Set(this.ids.value);
    if (!next.delete(promptId)) next.add(promptId);
    await this.server.writeFile(FILE, JSON.stringify([...next]), { overwrite: true });
    this.ids.value = next;
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
