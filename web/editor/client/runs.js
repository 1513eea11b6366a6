// The live state of runs: listens to the server, keeps the run state, catches up after a lost connection.
import { Observable } from "../document/observable.js";
import { cardOf, changeCard, finish, IDLE, queued, reduce } from "../kernels/run_state.js";
import { claimClientId } from "./client_id.js";
import { LiveSocket } from "./socket.js";
/** @import {RunState} from "../kernels/run_state.js" */
/** @import {Frame} from "./frames.js" */
/** @import {Server} from "./server.js" */

/** Owns the websocket and what is known about running prompts. */
export class Runs {
  /** @type {{onMessage: (message: {type: string, data: any}) => void, onFrame: (frame: Frame) => void}[]} */
  #listeners = [];
  /** @type {Map<string, string>} the object URL of each card's newest preview */
  #previews = new Map();

  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    this.clientId = "";
    /** Done once this tab has its id; prompts queued before would never be heard of again. */
    this.claimed = claimClientId().then((id) => {
      this.clientId = id;
    });
    /** @type {Observable<RunState>} */
    this.state = new Observable(IDLE);
  }

  async connect() {
    await this.claimed;
    const socket = new LiveSocket(this.server.socketUrl(this.clientId), {
      onMessage: (message) => {
        this.#change((state) => reduce(state, message));
        for (const { onMessage } of this.#listeners) onMessage(message);
      },
      onFrame: (frame) => {
        this.#show(frame);
        for (const { onFrame } of this.#listeners) onFrame(frame);
      },
      onOpen: () => this.#opened(),
      onLost: () => this.#change((state) => ({ ...state, connection: "lost" })),
    });
    socket.connect();
  }

  /**
   * Hear everything that the server says, kinds that the editor does not know too.
   * @param {(message: {type: string, data: any}) => void} onMessage
   * @param {(frame: Frame) => void} onFrame
   */
  listen(onMessage, onFrame) {
    this.#listeners.push({ onMessage, onFrame });
  }

  /** @param {(state: RunState) => RunState} change */
  update(change) {
    this.#change(change);
  }

  /** @param {string} promptId @param {string[]} nodes */
  queued(promptId, nodes) {
    this.#change((state) => queued(state, promptId, nodes));
  }

  async #opened() {
    this.#change((state) => ({ ...state, connection: "open" }));
    await this.#catchUp();
  }

  /** Ask for what happened while nobody listened: which prompts of this page still wait, which are done. */
  async #catchUp() {
    const items = await this.server.queueItems().catch(() => null);
    if (!items) return;
    const isMine = (/** @type {any[]} */ item) => item[3]?.client_id === this.clientId;
    const running = (items.queue_running ?? []).filter(isMine);
    const alive = [...running, ...(items.queue_pending ?? []).filter(isMine)];
    for (const [, promptId, prompt] of alive) this.queued(promptId, Object.keys(prompt));
    if (running.length) this.#change((state) => ({ ...state, promptId: running[0][1] }));
    const living = new Set(alive.map((item) => item[1]));
    for (const promptId of this.state.value.pending.filter((id) => !living.has(id))) await this.#readHistory(promptId);
  }

  /** @param {string} promptId */
  async #readHistory(promptId) {
    const entry = await this.server.history(promptId).catch(() => undefined);
    for (const [node, output] of Object.entries(entry?.outputs ?? {})) {
      this.#change((state) => reduce(state, { type: "executed", data: { node, output, prompt_id: promptId } }));
    }
    for (const [type, data] of entry?.status?.messages ?? []) {
      if (type === "execution_error") this.#change((state) => reduce(state, { type, data }));
    }
    this.#change((state) => finish(reduce(state, { type: "execution_success", data: { prompt_id: promptId } }), promptId));
  }

  /** @param {Frame} frame */
  #show(frame) {
    if (frame.kind === "text") {
      this.#change((state) => changeCard(state, frame.node, (card) => ({ ...card, texts: [frame.text] })));
      return;
    }
    const node = frame.node === null ? this.state.value.node : cardOf(frame.node);
    if (node === null) return;
    const before = this.#previews.get(node);
    const preview = URL.createObjectURL(frame.image);
    this.#previews.set(node, preview);
    this.#change((state) => changeCard(state, node, (card) => ({ ...card, preview })));
    // The old picture stays valid until the new one had time to appear in its place.
    if (before) setTimeout(() => URL.revokeObjectURL(before), 2000);
  }

  /** @param {(state: RunState) => RunState} change */
  #change(change) {
    this.state.value = change(this.state.value);
  }
}
