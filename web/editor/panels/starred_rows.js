// The starred prompts, newest star first; each is asked about when it comes into view.
import { Observable } from "../document/observable.js";
/** @import {Job, Server} from "../client/server.js" */
/** @import {Stars} from "../client/stars.js" */
/** @import {RowRange} from "../kernels/windowing.js" */

/** Stars whose prompt was deleted from the history are left out once that is known. */
export class StarredRows {
  /** @type {Map<string, Job | null>} null where the server knows none */
  #jobs = new Map();
  /** @type {Set<string>} */
  #asked = new Set();

  /** @param {Server} server @param {Stars} stars */
  constructor(server, stars) {
    this.server = server;
    this.stars = stars;
    this.changes = new Observable(0);
  }

  get total() {
    return this.#ids().length;
  }

  /** @param {number} row */
  at(row) {
    return this.#jobs.get(this.#ids()[row]) ?? undefined;
  }

  /** @param {RowRange} rows */
  async need({ first, last }) {
    const unread = this.#ids().slice(first, last).filter((id) => !this.#asked.has(id));
    await Promise.all(unread.map((id) => this.#read(id)));
  }

  #ids() {
    return [...this.stars.ids.value].reverse().filter((id) => this.#jobs.get(id) !== null);
  }

  /** @param {string} id */
  async #read(id) {
    this.#asked.add(id);
    try {
      this.#jobs.set(id, (await this.server.job(id)) ?? null);
    } catch {
      this.#asked.delete(id);
      return;
    }
    this.changes.value += 1;
  }
}
