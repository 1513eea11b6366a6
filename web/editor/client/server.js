// The server's HTTP routes that the editor uses; every failure becomes a RequestError in words.
import { parseJson, writeJson } from "../document/json.js";
import { say } from "../texts/texts.js";
/** @import {FileReference, NodeDefinitions, Prompt, Workflow} from "../document/types.js" */

/**
 * What is to be run. `targets` names the only outputs to be made; `extraData` replaces what is made of the workflow.
 * @typedef {object} Submission
 * @property {Prompt | Workflow} prompt
 * @property {Workflow} [workflow]
 * @property {string} [name] of the workflow, for lists
 * @property {Record<string, any>} [extraData]
 * @property {string} clientId
 * @property {string} [promptId] chosen by the server where it is not said
 * @property {boolean} [front]
 * @property {string[]} [targets]
 */

/** @typedef {"pending" | "in_progress" | "completed" | "failed" | "cancelled"} JobState */
/** @typedef {{states: JobState[], limit: number, offset?: number, search?: string, order?: "" | "queue" | "ended"}} JobQuery */

/**
 * A prompt in any state as lists tell it; times in milliseconds.
 * @typedef {object} Job
 * @property {string} id
 * @property {JobState} status
 * @property {number} create_time
 * @property {number} [execution_start_time]
 * @property {number} [execution_end_time]
 * @property {number} [outputs_count]
 * @property {FileReference & {mediaType: string}} [preview_output]
 * @property {{node_id?: string, node_type?: string, exception_message?: string, exception_type?: string, traceback?: string[]}} [execution_error]
 * @property {string} [workflow_id]
 * @property {string} [workflow_name]
 */

/** @typedef {Job & {outputs: Record<string, Record<string, any[]>>, execution_status: [string, any][], workflow: {prompt: Prompt, extra_data: Record<string, any>, targets: string[]}}} JobWhole `targets`: the outputs that it is for */
/** @typedef {{jobs: Job[], pagination: {offset: number, limit: number, total: number, has_more: boolean}}} JobPage */

/** A request that the server refused or that never reached it. */
export class RequestError extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 where there was no answer
   * @param {any} body the answer's JSON, or null
   */
  constructor(message, status = 0, body = null) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** Speaks to one server under `/api`. */
export class Server {
  /** @param {string} base */
  constructor(base = "") {
    this.base = base;
  }

  /** The prompt that a workflow with subgraphs or group nodes means. @param {Workflow} workflow @returns {Promise<Prompt>} */
  async converted(workflow) {
    return (await this.#post("/prompt/converted", { workflow })).prompt;
  }

  /** @returns {Promise<NodeDefinitions>} */
  nodeDefinitions() {
    return this.#request("/object_info");
  }

  /**
   * Queue a prompt, or a whole workflow for the server to convert.
   * @param {Submission} run
   * @returns {Promise<{prompt_id: string, number: number, node_errors: Record<string, any>}>}
   */
  queue({ prompt, workflow, name, extraData, clientId, promptId, front, targets }) {
    return this.#post("/prompt", {
      client_id: clientId,
      prompt_id: promptId,
      prompt,
      extra_data: extraData ?? { extra_pnginfo: { workflow }, ...(name ? { workflow_name: name } : {}) },
      ...(front ? { front } : {}),
      ...(targets ? { partial_execution_targets: targets } : {}),
    });
  }

  /** Stop a prompt, running or waiting. @param {string} promptId */
  cancel(promptId) {
    return this.#post(`/jobs/${encodeURIComponent(promptId)}/cancel`, {});
  }

  /**
   * A page of the jobs in some states: newest first, or with `order` "queue" as they will run, "ended" the last end first.
   * @param {JobQuery} query
   * @returns {Promise<JobPage>}
   */
  jobs({ states, limit, offset = 0, search = "", order = "" }) {
    const query = new URLSearchParams({ status: states.join(","), limit: String(limit), offset: String(offset) });
    if (search) query.set("search", search);
    if (order) query.set("order", order);
    return this.#request(`/jobs?${query}`);
  }

  /** A prompt in any state with what it made; undefined where the server knows none. @param {string} promptId */
  async job(promptId) {
    try {
      return /** @type {JobWhole} */ (await this.#request(`/jobs/${encodeURIComponent(promptId)}`));
    } catch (error) {
      if (error instanceof RequestError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** @returns {Promise<{queue_running: any[][], queue_pending: any[][]}>} */
  queueItems() {
    return this.#request("/queue");
  }

  /** @returns {Promise<boolean>} whether no more prompts begin */
  async isPaused() {
    return (await this.#request("/queue/paused")).paused;
  }

  /** @param {boolean} isPaused */
  setPaused(isPaused) {
    return this.#post(isPaused ? "/queue/pause" : "/queue/resume", {});
  }

  /** Put prompts that wait elsewhere. @param {string[]} promptIds @param {{before?: string, after?: string, to?: "front" | "back"}} place */
  move(promptIds, place) {
    return this.#post("/queue/move", { prompt_ids: promptIds, ...place });
  }

  /** Take all prompts out that wait. */
  clearQueue() {
    return this.#post("/queue", { clear: true });
  }

  /** Forget finished prompts, or all. @param {string[] | "all"} which */
  forget(which) {
    return this.#post("/history", which === "all" ? { clear: true } : { delete: which });
  }

  /** Remove a result's file. @param {FileReference} file */
  deleteResult(file) {
    const query = new URLSearchParams({ filename: file.filename, subfolder: file.subfolder ?? "", type: file.type ?? "output" });
    return this.#request(`/view?${query}`, { method: "DELETE" });
  }

  /**
   * Store a picture among the server's inputs.
   * @param {File} file
   * @returns {Promise<{name: string, subfolder: string, type: string}>}
   */
  upload(file) {
    const form = new FormData();
    form.append("image", file, file.name);
    return this.#request("/upload/image", { method: "POST", body: form });
  }

  /** The person's files in a folder, sizes and times included. @param {string} folder @param {boolean} recurse */
  listFiles(folder, recurse) {
    return this.#request(`/userdata?${new URLSearchParams({ dir: folder, recurse: String(recurse), full_info: "true", optional: "true" })}`);
  }

  /** @param {string} name @param {{optional?: boolean}} [how] optional: a file that is not there is empty @returns {Promise<string>} */
  async readFile(name, { optional = false } = {}) {
    return (await this.#fetch(`/userdata/${encodeURIComponent(name)}${optional ? "?optional=true" : ""}`)).text();
  }

  /** @param {string} name @param {string} text @param {Record<string, any>} query */
  writeFile(name, text, query) {
    const flags = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: text };
    return this.#request(`/userdata/${encodeURIComponent(name)}?${flags}`, options);
  }

  /** Give a file another name; one that is there already is never replaced. @param {string} name @param {string} to */
  moveFile(name, to) {
    const path = `/userdata/${encodeURIComponent(name)}/move/${encodeURIComponent(to)}`;
    return this.#post(`${path}?overwrite=false&full_info=true`, {});
  }

  /** @param {string} name */
  deleteFile(name) {
    return this.#request(`/userdata/${encodeURIComponent(name)}`, { method: "DELETE" });
  }

  /** @returns {Promise<Record<string, any>>} */
  settings() {
    return this.#request("/settings");
  }

  /** @param {Record<string, any>} changes */
  storeSettings(changes) {
    return this.#post("/settings", changes);
  }

  /**
   * Store a picture that is the original with the uploaded one's alpha; its colours stay as they are.
   * @param {File} file
   * @param {FileReference} original
   * @returns {Promise<{name: string, subfolder: string, type: string}>}
   */
  uploadMask(file, original) {
    const form = new FormData();
    form.append("image", file, file.name);
    form.append("original_ref", JSON.stringify(original));
    return this.#request("/upload/mask", { method: "POST", body: form });
  }

  /**
   * @param {FileReference} file
   * @param {string} [version] changes where the same name holds a new picture
   * @param {Record<string, string>} [form] a form made of it: channel, preview, size
   */
  viewUrl(file, version = "", form = {}) {
    const query = new URLSearchParams({ filename: file.filename, subfolder: file.subfolder ?? "", type: file.type ?? "output", ...form });
    if (version) query.set("rand", version);
    return `${this.base}/api/view?${query}`;
  }

  /** The last lines of the server's log. @returns {Promise<{entries: {t: string, m: string}[]}>} */
  logLines() {
    return this.#request("/internal/logs/raw");
  }

  /** Have new lines of the log sent to a client's websocket, or no longer. @param {string} clientId @param {boolean} enabled */
  followLog(clientId, enabled) {
    return this.#request("/internal/logs/subscribe", { method: "PATCH", headers: { "Content-Type": "application/json" }, body: writeJson({ clientId, enabled }) });
  }

  /** The models of a kind, each with the place of its folder. @param {string} kind @returns {Promise<{name: string, pathIndex: number}[]>} */
  modelFiles(kind) {
    return this.#request(`/experiment/models/${encodeURIComponent(kind)}`);
  }

  /** The names of the models of a kind. @param {string} kind @returns {Promise<string[]>} */
  modelNames(kind) {
    return this.#request(`/models/${encodeURIComponent(kind)}`);
  }

  /** The models of a kind that have a hash, and of how many that is not known. @param {string} kind @param {string} digits @returns {Promise<{names: string[], unknown: number}>} */
  modelsByHash(kind, digits) {
    return this.#request(`/models/${encodeURIComponent(kind)}/by_hash?hash=${digits}`);
  }

  /** The picture beside a model's file. @param {string} kind @param {number} place of its folder @param {string} name */
  modelPictureUrl(kind, place, name) {
    return `${this.base}/api/experiment/models/preview/${encodeURIComponent(kind)}/${place}/${name.split("/").map(encodeURIComponent).join("/")}`;
  }

  /** The names that a prompt can say, without endings. @param {import("../kernels/completing.js").CompletedKind} kind @returns {Promise<string[]>} */
  async promptNames(kind) {
    if (kind === "embedding") return this.#request("/embeddings");
    return (await this.#request("/models/loras")).map((/** @type {string} */ name) => name.replace(/\.\w+$/, ""));
  }

  /** @param {string} text of a prompt @returns {Promise<import("../kernels/prompt_texts.js").TokenCount>} */
  countTokens(text) {
    return this.#post("/prompt_text/tokens", { text });
  }

  /** The models that are being fetched and those that were. @returns {Promise<{is_allowed: boolean, fetches: import("./model_fetches.js").Fetch[]}>} */
  modelFetches() {
    return this.#request("/model_fetches");
  }

  /** @param {import("./model_fetches.js").Wanted} wanted @returns {Promise<import("./model_fetches.js").Fetch>} */
  fetchModel(wanted) {
    return this.#post("/model_fetches", wanted);
  }

  /** @param {string} id @returns {Promise<import("./model_fetches.js").Fetch>} */
  cancelFetch(id) {
    return this.#post(`/model_fetches/${encodeURIComponent(id)}/cancel`, {});
  }

  /** @param {string} clientId */
  socketUrl(clientId) {
    const url = new URL(`${this.base}/ws`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("clientId", clientId);
    url.searchParams.set("watch", "all");
    return url.href;
  }

  /** @param {string} path @param {any} body */
  #post(path, body) {
    return this.#request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: writeJson(body),
    });
  }

  /**
   * @param {string} path
   * @param {RequestInit} [options]
   */
  async #request(path, options) {
    return readBody(await (await this.#fetch(path, options)).text());
  }

  /**
   * An answer that says yes.
   * @param {string} path
   * @param {RequestInit} [options]
   */
  async #fetch(path, options) {
    let response;
    try {
      response = await fetch(`${this.base}${path.startsWith("/internal/") ? "" : "/api"}${path}`, options);
    } catch {
      throw new RequestError(say("page.unreachable"));
    }
    if (response.ok) return response;
    const body = readBody(await response.text());
    throw new RequestError(refusal(response.status, body, path), response.status, body);
  }
}

/** @param {string} text */
function readBody(text) {
  try {
    return text ? parseJson(text) : null;
  } catch {
    return null;
  }
}

/**
 * @param {number} status
 * @param {any} body
 * @param {string} path
 */
function refusal(status, body, path) {
  const error = body?.error;
  if (typeof error === "string") return error;
  if (error?.message) return error.details ? `${error.message}: ${error.details}` : error.message;
  return say("page.refused", { status, path });
}
