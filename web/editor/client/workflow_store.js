// The workflows that the server keeps for the person, with their earlier versions and a trash.
import { RequestError } from "./server.js";
/** @import {Server} from "./server.js" */

const WORKFLOWS = "workflows";
const VERSIONS = "versions";
const TRASH = "trash";

/** @typedef {{path: string, size: number, modified: number}} Stored a file; its time in seconds since the epoch */

/** Names files below `workflows/` by their path without that folder. */
export class WorkflowStore {
  /** @param {Server} server */
  constructor(server) {
    this.server = server;
  }

  /** All workflows, in folders too. @returns {Promise<Stored[]>} */
  async list() {
    return (await this.#list(WORKFLOWS)).filter(({ path }) => path.endsWith(".json"));
  }

  /** @param {string} path @returns {Promise<string>} the file's text */
  read(path) {
    return this.server.readFile(`${WORKFLOWS}/${path}`);
  }

  /**
   * Store a workflow; the server keeps what stood there among its versions.
   * @param {string} path
   * @param {string} text
   * @param {{overwrite: boolean, seen?: number}} options `seen`: the time of the file that is to be replaced
   * @returns {Promise<Stored>}
   * @throws {RequestError} of status 409 where a file is there and may not be replaced, or is another than was seen
   */
  write(path, text, { overwrite, seen }) {
    const query = { overwrite, full_info: true, ...(seen === undefined ? {} : { seen }) };
    return this.server.writeFile(`${WORKFLOWS}/${path}`, text, query);
  }

  /** Give a workflow another name; its versions go with it. @param {string} from @param {string} to @returns {Promise<Stored>} */
  async rename(from, to) {
    const stored = await this.server.moveFile(`${WORKFLOWS}/${from}`, `${WORKFLOWS}/${to}`);
    await ignoreAbsent(this.server.moveFile(`${VERSIONS}/${stem(from)}`, `${VERSIONS}/${stem(to)}`));
    return stored;
  }

  /** Move a workflow to the trash. @param {string} path */
  async discard(path) {
    await this.server.moveFile(`${WORKFLOWS}/${path}`, `${TRASH}/${Date.now()}/${path}`);
  }

  /** What lies in the trash, newest first. @returns {Promise<(Stored & {original: string})[]>} */
  async trash() {
    const found = await this.#list(TRASH);
    return found.map((file) => ({ ...file, original: file.path.slice(file.path.indexOf("/") + 1) })).reverse();
  }

  /** Put a workflow back from the trash. @param {string} path @param {string} to */
  async restore(path, to) {
    await this.server.moveFile(`${TRASH}/${path}`, `${WORKFLOWS}/${to}`);
  }

  /** Delete for good what lies in the trash. @param {string[]} paths */
  async empty(paths) {
    for (const path of paths) await this.server.deleteFile(`${TRASH}/${path}`);
  }

  /** The earlier versions of a workflow, newest first. @param {string} path @returns {Promise<Stored[]>} */
  async versions(path) {
    const found = await this.#list(`${VERSIONS}/${stem(path)}`, false);
    return found.sort((a, b) => (a.path < b.path ? 1 : -1));
  }

  /** @param {string} path @param {string} version as `versions` names it */
  readVersion(path, version) {
    return this.server.readFile(`${VERSIONS}/${stem(path)}/${version}`);
  }

  /** The files of a folder; none where there is no such one. @param {string} folder @param {boolean} [recurse] @returns {Promise<Stored[]>} */
  #list(folder, recurse = true) {
    return this.server.listFiles(folder, recurse);
  }
}

/** @param {string} path */
function stem(path) {
  return path.replace(/\.json$/, "");
}

/**
 * @template T
 * @param {Promise<T>} answer
 * @returns {Promise<T | undefined>}
 */
async function ignoreAbsent(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return undefined;
    throw error;
  }
}
