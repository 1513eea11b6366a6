// A long list of jobs, read from the server page by page as its rows come into view.
import { Observable } from "../document/observable.js";
import { pagesOf } from "../kernels/windowing.js";
/** @import {RowRange} from "../kernels/windowing.js" */
/** @import {Job, JobQuery, Server} from "./server.js" */

const PAGE = 50;

/** Holds the pages that were read; what was read before stays shown until its page has been read anew. */
export class JobList {
  /** @type {Map<number, Job[]>} */
  #pages = new Map();
  /** @type {Set<number>} */
  #fresh = new Set();
  #generation = 0;

  /**
   * @param {Server} server
   * @param {Omit<JobQuery, "limit" | "offset">} query
   */
  constructor(server, query) {
    this.server = server;
    this.query = query;
    /** @type {Observable<number>} how many there are */
    this.total = new Observable(0);
    /** Counts up whenever rows were read. */
    this.changes = new Observable(0);
  }

  /** @param {number} row @returns {Job | undefined} undefined while it is not read */
  at(row) {
    return this.#pages.get(Math.floor(row / PAGE))?.[row % PAGE];
  }

  /** Look for something else. @param {Omit<JobQuery, "limit" | "offset">} query */
  ask(query) {
    this.query = query;
    this.#pages.clear();
    this.total.value = 0;
    this.refresh();
  }

  /** What was read may no longer be true. */
  refresh() {
    this.#fresh.clear();
    this.#generation += 1;
    this.changes.value += 1;
  }

  /** Read the pages of these rows, where that is not done. @param {RowRange} rows */
  async need(rows) {
    const wanted = pagesOf({ first: rows.first, last: Math.max(rows.last, 1) }, PAGE).filter((page) => !this.#fresh.has(page));
    await Promise.all(wanted.map((page) => this.#read(page)));
  }

  /** @param {number} page */
  async #read(page) {
    this.#fresh.add(page);
    const generation = this.#generation;
    try {
      const answer = await this.server.jobs({ ...this.query, limit: PAGE, offset: page * PAGE });
      if (generation !== this.#generation) return;
      this.#pages.set(page, answer.jobs);
      this.total.value = answer.pagination.total;
      this.changes.value += 1;
    } catch {
      // Shown as it was until the connection is back, which refreshes the list.
      if (generation === this.#generation) this.#fresh.delete(page);
    }
  }
}
