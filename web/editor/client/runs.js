// The live state of runs: listens to the server, keeps the run state, catches up after a lost connection.
import { Observable } from "../document/observable.js";
import { changeCards, fileKey, showing, withoutFile } from "../kernels/run_cards.js";
import { finish, IDLE, introduced, queued, reduce, runningPrompt, waitingAgain } from "../kernels/run_state.js";
import { claimClientId } from "./client_id.js";
import { neededFor } from "../kernels/targets.js";
import { hearOthers, tellOthers } from "./other_windows.js";
import { LiveSocket } from "./socket.js";
/** @import {RunState} from "../kernels/run_state.js" */
/** @import {Frame} from "./frames.js" */
/** @import {FileReference} from "../document/types.js" */
/** @import {JobWhole, Server} from "./server.js" */

const PENDING_KEY = "skein.pending";
const MOST_READ = 20;
const PAGE = 1000;
const KEPT_MS = 2000;
const LOOK_AFTER_MS = 250;

/** Owns the websocket and what is known about running prompts, of this page and of others. */
export class Runs {
  /** @type {{onMessage: (message: {type: string, data: any}) => void, onFrame: (frame: Frame) => void}[]} */
  #listeners = [];
  /** @type {Set<string>} prompts that this page has queued */
  #mine = new Set();
  /** @type {Set<string>} those of them that the server has taken */
  #taken = new Set();
  /** @type {Map<string, string>} the object URL of each card's newest preview */
  #previews = new Map();
  /** @type {Map<string, (() => void)[]>} what was heard of prompts that are being asked about */
  #held = new Map();
  /** @type {Set<string>} prompts of which this page has not heard the beginning */
  #midway = new Set();
  #lookingAfter = 0;
  /** How many waited when this was last looked after. */
  #lastWaiting = 0;

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
    /** The files that were deleted since this page was opened, here or in another window. @type {Observable<ReadonlySet<string>>} */
    this.deleted = new Observable(/** @type {ReadonlySet<string>} */ (new Set()));
    hearOthers("deleted", (file) => this.#forgetFile(file));
    /** Counts up whenever the queue or the history may have changed. */
    this.changes = new Observable(0);
  }

  async connect() {
    await this.claimed;
    this.#restorePending();
    const socket = new LiveSocket(this.server.socketUrl(this.clientId), {
      onMessage: (message) => {
        this.#heard(message);
        if (this.#isOurs(message.data?.prompt_id)) for (const { onMessage } of this.#listeners) onMessage(message);
      },
      onFrame: (frame) => {
        this.#show(frame);
        if (this.#isOurs(frame.kind === "preview" ? frame.promptId : null)) for (const { onFrame } of this.#listeners) onFrame(frame);
      },
      onOpen: () => this.#opened(),
      onLost: () => this.update((state) => ({ ...state, connection: "lost" })),
    });
    socket.connect();
    window.addEventListener("pagehide", () => sessionStorage.setItem(PENDING_KEY, JSON.stringify(this.state.value.pending)));
    window.addEventListener("online", () => socket.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && socket.hurry());
  }

  /**
   * Hear everything that the server says of this page's prompts, kinds that the editor does not know too.
   * @param {(message: {type: string, data: any}) => void} onMessage
   * @param {(frame: Frame) => void} onFrame
   */
  listen(onMessage, onFrame) {
    this.#listeners.push({ onMessage, onFrame });
  }

  /** @param {(state: RunState) => RunState} change */
  update(change) {
    this.state.value = change(this.state.value);
  }

  /** Another workflow is open: its cards are shown. @param {string} workflow its id, "" where it has none */
  show(workflow) {
    this.update((state) => showing(state, workflow));
  }

  /** These workflows are open: what runs leave on their cards is kept. @param {readonly string[]} workflows their ids */
  keep(workflows) {
    this.update((state) => ({ ...state, open: workflows }));
  }

  /** @param {string} promptId @param {string[]} nodes @param {string} [workflow] where it is another than the open one */
  queued(promptId, nodes, workflow) {
    this.#mine.add(promptId);
    if (workflow !== undefined) this.update((state) => introduced(state, promptId, { nodes, workflow }));
    this.update((state) => queued(state, promptId, nodes));
  }

  /** A prompt that was announced by `queued` is in the server's queue. @param {string} promptId */
  taken(promptId) {
    this.#taken.add(promptId);
  }

  /** A prompt that was announced by `queued` was not taken. @param {string} promptId */
  refused(promptId) {
    this.update((state) => finish(state, promptId));
  }

  /** End a prompt: at once where it waits, once its step is over where it runs. @param {string} promptId */
  async cancel(promptId) {
    if (promptId in this.state.value.live) this.update((state) => ({ ...state, cancelling: [...state.cancelling, promptId] }));
    try {
      await this.server.cancel(promptId);
    } catch (error) {
      this.update((state) => ({ ...state, cancelling: state.cancelling.filter((id) => id !== promptId) }));
      throw error;
    }
  }

  /** Delete the file of a result; no card shows it any more. @param {FileReference} file */
  async deleteResult(file) {
    await this.server.deleteResult(file);
    this.#forgetFile(file);
    tellOthers("deleted", file);
  }

  /** @param {FileReference} file */
  #forgetFile(file) {
    this.deleted.value = new Set([...this.deleted.value, fileKey(file)]);
    this.update((state) => withoutFile(state, file));
  }

  async #opened() {
    this.update((state) => ({ ...state, connection: "open" }));
    this.changes.value += 1;
    await this.#catchUp().catch(() => {});
  }

  /** A prompt of another page is asked about first; what is heard meanwhile waits. @param {{type: string, data: any}} message */
  #heard(message) {
    const promptId = message.data?.prompt_id;
    const take = () => this.update((state) => reduce(state, message));
    if (message.type === "status" || message.type === "execution_start") {
      this.changes.value += 1;
      this.#lookAfter();
    }
    if (this.#hold(promptId, take)) return;
    if (promptId && !this.#isKnown(promptId)) return tellsOfLife(message) ? void this.#learn(promptId, message, take) : undefined;
    take();
    // What came of it before this page listened is asked for once it is over.
    if (!this.#isKnown(promptId) && this.#midway.delete(promptId)) this.#readEnd(promptId).catch(() => {});
  }

  /** Messages say only that the queue is another: whether it is paused, and which prompts were taken out of it, is asked. */
  #lookAfter() {
    this.#lookingAfter ||= window.setTimeout(async () => {
      this.#lookingAfter = 0;
      const { waiting, live, pending, isPaused: before } = this.state.value;
      const taken = pending.filter((id) => this.#taken.has(id));
      const isShort = waiting < taken.length || (taken.length && waiting < this.#lastWaiting - 1);
      this.#lastWaiting = waiting;
      if (isShort) await this.#dropGone(taken).catch(() => {});
      const isPaused = waiting > Object.keys(live).length && (await this.server.isPaused().catch(() => before));
      if (isPaused !== this.state.value.isPaused) this.update((state) => ({ ...state, isPaused }));
    }, LOOK_AFTER_MS);
  }

  /** @param {string | null | undefined} promptId */
  #isOurs(promptId) {
    return !promptId || this.#mine.has(promptId);
  }

  /** @param {string} promptId */
  #isKnown(promptId) {
    return promptId in this.state.value.owners;
  }

  /** Put off what is heard of a prompt that is being asked about. @param {string | null} promptId @param {() => void} take */
  #hold(promptId, take) {
    const held = promptId ? this.#held.get(promptId) : undefined;
    held?.push(take);
    return Boolean(held);
  }

  /** @param {string} promptId @param {{type: string, data: any}} message the first that was heard @param {() => void} take */
  async #learn(promptId, message, take) {
    const start = { type: "execution_start", data: { prompt_id: promptId } };
    const isMidway = message.type !== start.type;
    if (isMidway) this.#midway.add(promptId);
    this.#held.set(promptId, [...(isMidway ? [() => this.update((state) => reduce(state, start))] : []), take]);
    const job = await this.server.job(promptId).catch(() => undefined);
    const held = this.#held.get(promptId) ?? [];
    this.#held.delete(promptId);
    if (!job) return;
    this.update((state) => introduced(state, promptId, this.#about(job)));
    for (const item of held) item();
    // A quick one is over by now: what was not heard of it stands in the answer.
    if (!isAlive(job) && (this.#midway.delete(promptId) || this.#isKnown(promptId))) this.showResults(job);
  }

  /** What a prompt consists of and whose it is. @param {JobWhole} job */
  #about(job) {
    const { prompt, targets, extra_data: more } = job.workflow;
    const { client_id: client, extra_pnginfo: texts } = more;
    const isNameless = client === this.clientId && !this.state.value.shown;
    const workflow = typeof texts?.workflow?.id === "string" ? texts.workflow.id : isNameless ? "" : `prompt ${job.id}`;
    return { nodes: neededFor(prompt, targets), workflow };
  }

  /** Ask for what happened while nobody listened: which prompts that were known run, which wait, if need be anew, which are done. */
  async #catchUp() {
    const { pending, live } = this.state.value;
    const known = new Set([...pending, ...Object.keys(live)]);
    if (!known.size) return;
    const states = await this.#dropGone([...known]);
    this.update((state) => Object.keys(state.live).reduce((next, id) => (states.get(id) === "pending" ? waitingAgain(next, id) : next), state));
  }

  /** Prompts that neither wait nor run any more are over. @param {string[]} ids */
  async #dropGone(ids) {
    const living = await this.#living(ids.length);
    const gone = ids.filter((id) => !living.has(id));
    for (const id of gone.slice(-MOST_READ)) await this.#readEnd(id);
    this.update((state) => gone.reduce(finish, state));
    return living;
  }

  /** The states of the prompts that wait or run, by id. @param {number} least how many may be asked about */
  async #living(least) {
    /** @type {Map<string, string>} */
    const states = new Map();
    for (let offset = 0; ; offset += PAGE) {
      const page = await this.server.jobs({ states: ["in_progress", "pending"], limit: Math.min(PAGE, Math.max(100, least)), offset });
      for (const { id, status } of page.jobs) states.set(id, status);
      if (!page.pagination.has_more || !page.jobs.length) return states;
    }
  }

  /** @param {string} promptId */
  async #readEnd(promptId) {
    const job = await this.server.job(promptId);
    if (job) this.showResults(job);
  }

  /** Put what a prompt has made on the cards of its workflow, or of another one. @param {JobWhole} job @param {string} [workflow] */
  showResults(job, workflow) {
    const promptId = job.id;
    const about = this.#about(job);
    this.update((state) => {
      let next = introduced(state, promptId, { ...about, workflow: workflow ?? about.workflow });
      // What is still heard of one that runs goes to the cards that show it from now on.
      if (isAlive(job)) return next;
      for (const [node, output] of Object.entries(job.outputs)) {
        next = reduce(next, { type: "executed", data: { node, output, prompt_id: promptId } });
      }
      const errors = job.execution_status.filter(([type]) => type === "execution_error");
      next = errors.reduce((now, [type, data]) => reduce(now, { type, data: { ...data, prompt_id: promptId } }), next);
      return finish(next, promptId);
    });
  }

  #restorePending() {
    try {
      const pending = JSON.parse(sessionStorage.getItem(PENDING_KEY) ?? "[]").filter((/** @type {any} */ id) => typeof id === "string");
      this.#mine = new Set([...this.#mine, ...pending]);
      for (const id of pending) this.#taken.add(id);
      this.update((state) => ({ ...state, pending: [...new Set([...pending, ...state.pending])] }));
    } catch {
      sessionStorage.removeItem(PENDING_KEY);
    }
  }

  /** @param {Frame} frame */
  #show(frame) {
    const promptId = frame.kind === "preview" ? frame.promptId : null;
    if (this.#hold(promptId, () => this.#show(frame))) return;
    const { owners, shown } = this.state.value;
    const running = runningPrompt(this.state.value);
    // What does not say whose it is belongs to the prompt that runs.
    const workflow = promptId ? owners[promptId] : (running?.workflow ?? shown);
    if (workflow === undefined) return;
    if (frame.kind === "text") {
      this.update((state) => changeCards(state, workflow, [frame.node], (card) => ({ ...card, texts: [frame.text] })));
      return;
    }
    const node = frame.node ?? running?.node;
    if (node) this.#showPreview(workflow, node, frame.image);
  }

  /** @param {string} workflow @param {string} node @param {Blob} image */
  #showPreview(workflow, node, image) {
    const key = `${workflow} ${node}`;
    const before = this.#previews.get(key);
    const preview = URL.createObjectURL(image);
    this.#previews.set(key, preview);
    this.update((state) => changeCards(state, workflow, [node], (card) => ({ ...card, preview })));
    // The old picture stays valid until the new one had time to appear in its place.
    if (before) setTimeout(() => URL.revokeObjectURL(before), KEPT_MS);
  }
}

/** Whether only a prompt that runs is told of so. @param {{type: string, data: any}} message */
function tellsOfLife({ type, data }) {
  return type === "execution_start" || type === "execution_cached" || type === "progress_state" || (type === "executing" && data.node !== null);
}

/** @param {JobWhole} job */
function isAlive(job) {
  return job.status === "pending" || job.status === "in_progress";
}
