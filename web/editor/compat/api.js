// The `api` object that packs' scripts import: requests to the server, and its messages as events.
/** @import {Editor} from "../editor.js" */

const FRAME_EVENTS = { preview: "b_preview", text: "progress_text" };

/** Events carry the message's data in `detail`, as packs expect; `executing` carries the node's id alone. */
export class PackApi extends EventTarget {
  /** @param {Editor} editor */
  constructor(editor) {
    super();
    this.editor = editor;
    this.api_base = "";
    this.api_host = location.host;
    this.user = "default";
    /** Takes what is to be sent, while the page asks scripts for it and sends it itself. @type {((run: {output: any, workflow: any}) => any) | null} */
    this.taking = null;
    editor.runs.listen((message) => this.#heard(message), (frame) => this.#shown(frame));
  }

  get clientId() {
    return this.editor.runs.clientId;
  }

  get initialClientId() {
    return this.clientId;
  }

  /** @param {string} route */
  apiURL(route) {
    return `/api${route}`;
  }

  /** @param {string} route */
  fileURL(route) {
    return route;
  }

  /** @param {string} route */
  internalURL(route) {
    return `/internal${route}`;
  }

  /** @param {string} route @param {RequestInit} [options] */
  fetchApi(route, options = {}) {
    const headers = new Headers(options.headers);
    if (!headers.has("Comfy-User")) headers.set("Comfy-User", this.user);
    return fetch(this.apiURL(route), { cache: "no-cache", ...options, headers });
  }

  getNodeDefs() {
    return this.editor.server.nodeDefinitions();
  }

  getExtensions() {
    return this.#read("/extensions");
  }

  getEmbeddings() {
    return this.#read("/embeddings");
  }

  getSystemStats() {
    return this.#read("/system_stats");
  }

  getSettings() {
    return this.#read("/settings");
  }

  /** @param {string} id */
  getSetting(id) {
    return this.#read(`/settings/${encodeURIComponent(id)}`);
  }

  /** @param {string} id @param {unknown} value */
  storeSetting(id, value) {
    return this.fetchApi(`/settings/${encodeURIComponent(id)}`, { method: "POST", body: JSON.stringify(value) });
  }

  /** @param {Record<string, unknown>} settings */
  storeSettings(settings) {
    return this.fetchApi("/settings", { method: "POST", body: JSON.stringify(settings) });
  }

  /** @param {string} file @param {RequestInit} [options] */
  getUserData(file, options) {
    return this.fetchApi(`/userdata/${encodeURIComponent(file)}`, options);
  }

  /**
   * @param {string} file
   * @param {unknown} content
   * @param {{overwrite?: boolean, stringify?: boolean, throwOnError?: boolean}} [options]
   */
  async storeUserData(file, content, { overwrite = true, stringify = true, throwOnError = true } = {}) {
    const body = /** @type {BodyInit} */ (stringify ? JSON.stringify(content) : content);
    const answer = await this.fetchApi(`/userdata/${encodeURIComponent(file)}?overwrite=${overwrite}`, { method: "POST", body });
    if (!answer.ok && throwOnError) throw new Error(`The file ${file} could not be stored: ${answer.status} ${answer.statusText}`);
    return answer;
  }

  /** @param {string} file */
  deleteUserData(file) {
    return this.fetchApi(`/userdata/${encodeURIComponent(file)}`, { method: "DELETE" });
  }

  async getQueue() {
    const { queue_running: running, queue_pending: pending } = await this.editor.server.queueItems();
    const asItem = (/** @type {any[]} */ prompt) => ({ prompt });
    return { Running: running.map(asItem), Pending: pending.map(asItem) };
  }

  /** @param {number} [most] */
  async getHistory(most = 200) {
    return { History: Object.values(await this.#read(`/history?max_items=${most}`)) };
  }

  /** @param {number} number -1 for the front @param {{output: any, workflow: any}} run */
  async queuePrompt(number, { output, workflow }) {
    if (this.taking) return this.taking({ output, workflow });
    const { server, runs } = this.editor;
    await runs.claimed;
    const owner = workflow?.id ?? runs.state.value.shown;
    const answer = await server.queue({ prompt: output, workflow, clientId: runs.clientId, front: number === -1 });
    runs.queued(answer.prompt_id, Object.keys(output), owner);
    runs.taken(answer.prompt_id);
    return answer;
  }

  interrupt() {
    return this.fetchApi("/interrupt", { method: "POST", body: "{}" });
  }

  /** @param {string} kind queue or history @param {string} id */
  deleteItem(kind, id) {
    return this.fetchApi(`/${kind}`, { method: "POST", body: JSON.stringify({ delete: [id] }) });
  }

  /** @param {string} kind queue or history */
  clearItems(kind) {
    return this.fetchApi(`/${kind}`, { method: "POST", body: JSON.stringify({ clear: true }) });
  }

  /** @param {{type: string, data: any}} message */
  #heard({ type, data }) {
    const detail = type === "executing" ? (data.display_node ?? data.node ?? null) : type === "status" ? data.status : data;
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {import("../client/frames.js").Frame} frame */
  #shown(frame) {
    const detail = frame.kind === "text" ? { nodeId: frame.node, text: frame.text } : frame.image;
    this.dispatchEvent(new CustomEvent(frame.kind === "text" ? FRAME_EVENTS.text : FRAME_EVENTS.preview, { detail }));
  }

  /** @param {string} route */
  async #read(route) {
    const answer = await this.fetchApi(route);
    if (!answer.ok) throw new Error(`The server answered ${answer.status} to ${route}.`);
    return answer.json();
  }
}
