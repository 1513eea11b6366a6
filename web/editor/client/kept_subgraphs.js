// The subgraphs that the server keeps for the person: one workflow file each, in the folder that ComfyUI uses too.
import { findDamage } from "../document/damage.js";
import { parseJson, writeJson } from "../document/json.js";
import { Observable } from "../document/observable.js";
import { isWorkflow } from "../document/workflow.js";
import { RequestError } from "./server.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {Server} from "./server.js" */

const FOLDER = "subgraphs";
const NOT_FOUND = 404;
const CONFLICT = 409;

/** @typedef {{path: string, workflow: Workflow | null}} Kept `workflow`: null where the file holds none */

/** Names files below `subgraphs/` by their path without that folder; what was read is read again only where it has changed. */
export class KeptSubgraphs {
  /** @type {Map<string, {modified: number, kept: Kept}>} */
  #read = new Map();

  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    /** How often something was kept or taken out on this page. */
    this.changes = new Observable(0);
  }

  /** @returns {Promise<Kept[]>} */
  async all() {
    const files = (await this.#files()).filter(({ path }) => path.endsWith(".json"));
    return Promise.all(files.map((file) => this.#one(file)));
  }

  /**
   * @param {string} name
   * @param {Workflow} workflow
   * @param {boolean} overwrite
   * @returns {Promise<boolean>} whether it is kept: not where there is one of this name and it may not be replaced
   */
  async keep(name, workflow, overwrite) {
    try {
      await this.server.writeFile(`${FOLDER}/${name}.json`, writeJson(workflow, 2), { overwrite, full_info: true });
      this.#read.delete(`${name}.json`);
      this.changes.value += 1;
      return true;
    } catch (error) {
      if (error instanceof RequestError && error.status === CONFLICT && !overwrite) return false;
      throw error;
    }
  }

  /** @param {string} path */
  async remove(path) {
    await this.server.deleteFile(`${FOLDER}/${path}`);
    this.changes.value += 1;
  }

  /** @returns {Promise<{path: string, modified: number}[]>} */
  async #files() {
    try {
      return await this.server.listFiles(FOLDER, true);
    } catch (error) {
      if (error instanceof RequestError && error.status === NOT_FOUND) return [];
      throw error;
    }
  }

  /** @param {{path: string, modified: number}} file @returns {Promise<Kept>} */
  async #one({ path, modified }) {
    const known = this.#read.get(path);
    if (known?.modified === modified) return known.kept;
    const kept = { path, workflow: asWorkflow(await this.server.readFile(`${FOLDER}/${path}`)) };
    this.#read.set(path, { modified, kept });
    return kept;
  }
}

/** @param {string} text @returns {Workflow | null} */
function asWorkflow(text) {
  try {
    const value = parseJson(text);
    return isWorkflow(value) && !findDamage(value) ? value : null;
  } catch {
    return null;
  }
}
