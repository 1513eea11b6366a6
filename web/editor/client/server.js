// The server's HTTP routes that the editor uses; every failure becomes a RequestError in words.
import { parseJson, writeJson } from "../document/json.js";
/** @import {FileReference, NodeDefinitions, Prompt, Workflow} from "../document/types.js" */

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

  /** @returns {Promise<NodeDefinitions>} */
  nodeDefinitions() {
    return this.#request("/object_info");
  }

  /**
   * Queue a prompt, or a whole workflow for the server to convert.
   * @param {{prompt: Prompt | Workflow, workflow: Workflow, clientId: string, front?: boolean}} run
   * @returns {Promise<{prompt_id: string, number: number, node_errors: Record<string, any>}>}
   */
  queue({ prompt, workflow, clientId, front }) {
    const body = { client_id: clientId, prompt, extra_data: { extra_pnginfo: { workflow } }, ...(front ? { front } : {}) };
    return this.#post("/prompt", body);
  }

  /** Stop a prompt, running or waiting. @param {string} promptId */
  cancel(promptId) {
    return this.#post(`/jobs/${encodeURIComponent(promptId)}/cancel`, {});
  }

  /** @returns {Promise<{queue_running: any[][], queue_pending: any[][]}>} */
  queueItems() {
    return this.#request("/queue");
  }

  /** The finished prompt, or undefined while it is not finished. @param {string} promptId */
  async history(promptId) {
    const entries = await this.#request(`/history/${encodeURIComponent(promptId)}`);
    return entries[promptId];
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

  /** @param {FileReference} file @param {string} [version] changes where the same name holds a new picture */
  viewUrl(file, version = "") {
    const query = new URLSearchParams({ filename: file.filename, subfolder: file.subfolder ?? "", type: file.type ?? "output" });
    if (version) query.set("rand", version);
    return `${this.base}/api/view?${query}`;
  }

  /** @param {string} clientId */
  socketUrl(clientId) {
    const url = new URL(`${this.base}/ws`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("clientId", clientId);
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
    let response;
    try {
      response = await fetch(`${this.base}/api${path}`, options);
    } catch {
      throw new RequestError("The server cannot be reached. Is it running?");
    }
    const text = await response.text();
    const body = readBody(text);
    if (response.ok) return body;
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
  return `The server answered ${status} to ${path}.`;
}
