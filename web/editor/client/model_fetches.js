// The models that the server fetches, as it tells of them: each by its kind and name, the newest that there was.
import { Observable } from "../document/observable.js";
/** @import {Runs} from "./runs.js" */
/** @import {Server} from "./server.js" */

/**
 * @typedef {object} Fetch
 * @property {string} id "" where the server refused to begin
 * @property {string} kind
 * @property {string} name
 * @property {"waiting" | "running" | "checking" | "done" | "failed" | "cancelled"} state
 * @property {number} bytes
 * @property {number | null} total
 * @property {string} message
 */

/** @typedef {{url: string, kind: string, name: string, sha256?: string}} Wanted */
/** @typedef {{isAllowed: boolean, byFile: ReadonlyMap<string, Fetch>}} Fetches */

// What is heard late, by another way than the rest, must not undo what came after it.
const ORDER = ["waiting", "running", "checking"];

/** Starts fetches and knows how far they are. */
export class ModelFetches {
  /**
   * @param {Server} server
   * @param {Runs} runs whose socket tells of them
   */
  constructor(server, runs) {
    this.server = server;
    /** @type {Observable<Fetches>} */
    this.state = new Observable(/** @type {Fetches} */ ({ isAllowed: true, byFile: new Map() }));
    /** The one that has come last. @type {Observable<Fetch | null>} */
    this.come = new Observable(/** @type {Fetch | null} */ (null));
    runs.listen(({ type, data }) => type === "model_fetch" && this.#take(data), () => {});
    runs.changes.subscribe(() => this.#isWaiting() && void this.load().catch(() => {}));
  }

  /** Ask what the server fetches. */
  async load() {
    const { is_allowed: isAllowed, fetches } = await this.server.modelFetches();
    this.state.value = { ...this.state.value, isAllowed };
    for (const fetch of fetches.reverse()) this.#take(fetch);
  }

  /** Begin; a refusal is a fetch that failed. @param {Wanted} wanted */
  async start(wanted) {
    try {
      this.#take(await this.server.fetchModel(wanted));
    } catch (error) {
      const { kind, name } = wanted;
      this.#take({ id: "", kind, name, state: "failed", bytes: 0, total: null, message: /** @type {Error} */ (error).message });
    }
  }

  /** Stop one, or give one up that has failed. @param {Fetch} fetch */
  async cancel(fetch) {
    this.#take(await this.server.cancelFetch(fetch.id));
  }

  /** What is known of a file. @param {string} kind @param {string} name */
  of(kind, name) {
    return this.state.value.byFile.get(fileKey(kind, name));
  }

  /** @param {Fetch} fetch */
  #take(fetch) {
    const known = this.of(fetch.kind, fetch.name);
    if (known && known.id === fetch.id && rank(fetch) < rank(known)) return;
    this.state.value = { ...this.state.value, byFile: new Map(this.state.value.byFile).set(fileKey(fetch.kind, fetch.name), fetch) };
    if (fetch.state === "done" && known && known.state !== "done") this.come.value = fetch;
  }

  /** Whether one is on its way, of which something may have been told while nobody listened. */
  #isWaiting() {
    return [...this.state.value.byFile.values()].some((fetch) => rank(fetch) < ORDER.length);
  }
}

/** @param {Fetch} fetch */
function rank({ state }) {
  const place = ORDER.indexOf(state);
  return place < 0 ? ORDER.length : place;
}

/** @param {string} kind @param {string} name */
function fileKey(kind, name) {
  return `${kind}/${name.replaceAll("\\", "/")}`;
}
