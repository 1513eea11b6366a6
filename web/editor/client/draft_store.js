// The browser's own database of drafts: one record for each open tab of each window.

const NAME = "skein";
const STORE = "drafts";
const UNWRITTEN = "skein.unwritten.";

/**
 * @typedef {object} DraftRecord
 * @property {string} id the tab's
 * @property {string} window the window that holds the tab
 * @property {number} place in the row of tabs
 * @property {boolean} isShown
 * @property {number} time milliseconds
 * @property {string} text the tab as JSON
 */

/** Reads and writes draft records; every method may fail where the browser keeps no data for the page. */
export class DraftStore {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  static async open() {
    const request = indexedDB.open(NAME, 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE, { keyPath: "id" }));
    return new DraftStore(await answered(request));
  }

  /** All drafts, with what pages wrote in their last moment. @returns {Promise<DraftRecord[]>} */
  async all() {
    /** @type {DraftRecord[]} */
    const stored = await answered(this.database.transaction(STORE).objectStore(STORE).getAll());
    const byId = new Map(stored.map((record) => [record.id, record]));
    for (const record of unwritten()) {
      if (record.time >= (byId.get(record.id)?.time ?? 0)) byId.set(record.id, record);
    }
    return [...byId.values()];
  }

  /**
   * @param {DraftRecord[]} records
   * @param {string[]} [gone] ids of drafts to forget
   */
  async write(records, gone = []) {
    const transaction = this.database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    for (const record of records) store.put(record);
    for (const id of gone) store.delete(id);
    const done = new Promise((resolve, reject) => {
      transaction.addEventListener("complete", resolve);
      transaction.addEventListener("abort", () => reject(transaction.error));
    });
    transaction.commit();
    await done;
    for (const id of [...records.map((record) => record.id), ...gone]) localStorage.removeItem(UNWRITTEN + id);
  }

  /** Keep a draft at once, as a page that goes must: the database would answer too late. @param {DraftRecord} record */
  writeNow(record) {
    localStorage.setItem(UNWRITTEN + record.id, JSON.stringify(record));
  }
}

/** @returns {DraftRecord[]} */
function unwritten() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(UNWRITTEN));
  return keys.flatMap((key) => {
    try {
      return [JSON.parse(localStorage.getItem(key) ?? "")];
    } catch {
      return [];
    }
  });
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answered(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}
