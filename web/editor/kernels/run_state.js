// What is known about running prompts, as a value, and how each message from the server changes it.
import { cardOf, cardsAlong, cardsOf, changeCards, changeOnly, resultsOf, withCards } from "./run_cards.js";
/** @import {Cards, NodeRun} from "./run_cards.js" */

/**
 * A prompt that a worker runs now.
 * @typedef {object} LivePrompt
 * @property {string | null} node the card that runs now
 * @property {{value: number, at: number} | null} pace the first step that was heard of in the node that runs
 * @property {number} share what is done of it, 0 to 1
 * @property {number} secondsAhead what the nodes that wait took last time
 */

/**
 * @typedef {object} RunState
 * @property {"connecting" | "open" | "lost"} connection
 * @property {number} waiting prompts in the queue, the running ones included
 * @property {string} trouble why the server cannot work the queue off, such as a full disk; "" while it can
 * @property {boolean} isPaused whether what waits is kept waiting
 * @property {Record<string, LivePrompt>} live prompts that run, whoever queued them, the one that began first before others
 * @property {string[]} pending prompts of this page that are not finished, oldest first
 * @property {readonly string[]} cancelling prompts that this page has asked to end and that go on until their step is over
 * @property {Record<string, string[]>} parts the node ids of each prompt that is not finished
 * @property {Record<string, string>} owners the workflow of each prompt that is not finished
 * @property {string} shown the id of the workflow that is open
 * @property {readonly string[]} open the ids of all workflows that are open
 * @property {Cards} nodes the cards of the open workflow
 * @property {Record<string, Cards>} parked the cards of other workflows
 * @property {{promptId: string, node: string, message: string} | null} failure the newest one
 */

/** @type {LivePrompt} */
const STARTED = { node: null, pace: null, share: 0, secondsAhead: 0 };

/** @type {RunState} */
export const IDLE = {
  connection: "connecting",
  waiting: 0,
  trouble: "",
  isPaused: false,
  live: {},
  pending: [],
  cancelling: [],
  parts: {},
  owners: {},
  shown: "",
  open: [],
  nodes: {},
  parked: {},
  failure: null,
};

/** @type {Record<string, (state: RunState, data: any, now: number) => RunState>} */
const ON_MESSAGE = {
  status: (state, { status }) => ({
    ...state,
    waiting: status?.exec_info?.queue_remaining ?? state.waiting,
    trouble: status?.trouble ?? "",
  }),
  execution_start: onStart,
  execution_cached: (state, data) => changeOwn(state, data, data.nodes ?? [], (card) => ({ ...card, state: "cached" })),
  executing: onExecuting,
  progress: onProgress,
  progress_state: onProgressState,
  executed: onExecuted,
  execution_error: onError,
  execution_interrupted: onInterrupted,
  execution_success: (state, data) => finish(state, data.prompt_id),
};

/**
 * The state after a websocket message; messages of unknown types change nothing.
 * @param {RunState} state
 * @param {{type: string, data: any}} message
 * @param {number} now milliseconds
 * @returns {RunState}
 */
export function reduce(state, message, now = Date.now()) {
  const change = Object.hasOwn(ON_MESSAGE, message.type) ? ON_MESSAGE[message.type] : undefined;
  return change ? change(state, message.data ?? {}, now) : state;
}

/**
 * The prompt that is shown as running: the one that began first, with its workflow.
 * @param {RunState} state
 * @returns {(LivePrompt & {promptId: string, workflow: string}) | null}
 */
export function runningPrompt(state) {
  for (const promptId in state.live) return { promptId, workflow: ownerOf(state, promptId), ...state.live[promptId] };
  return null;
}

/**
 * The state once it is known what a prompt consists of and whose it is.
 * @param {RunState} state
 * @param {string} promptId
 * @param {{nodes: string[], workflow: string}} about ids of the prompt's nodes, and the workflow it was made from
 * @returns {RunState}
 */
export function introduced(state, promptId, { nodes, workflow }) {
  return { ...state, parts: { ...state.parts, [promptId]: nodes }, owners: { ...state.owners, [promptId]: workflow } };
}

/**
 * The state once a prompt of this page was accepted.
 * @param {RunState} state
 * @param {string} promptId
 * @param {string[]} nodes ids of the prompt's nodes
 * @returns {RunState}
 */
export function queued(state, promptId, nodes) {
  if (state.pending.includes(promptId)) return state;
  const about = { nodes, workflow: state.owners[promptId] ?? state.shown };
  return { ...introduced(state, promptId, about), pending: [...state.pending, promptId] };
}

/** The state once it is known that some nodes of a prompt will not run. @param {RunState} state @param {string} promptId @param {string[]} ids of nodes */
export function withoutParts(state, promptId, ids) {
  const parts = state.parts[promptId];
  return parts ? { ...state, parts: { ...state.parts, [promptId]: parts.filter((id) => !ids.includes(id)) } } : state;
}

/**
 * A prompt is over: it is no longer pending, and what had not run of one that had begun is idle again.
 * @param {RunState} state
 * @param {string} promptId
 * @returns {RunState}
 */
export function finish(state, promptId) {
  if (!isKnown(state, promptId)) return state;
  const settled = promptId in state.live ? withoutBusy(state, ownerOf(state, promptId)) : state;
  return {
    ...settled,
    pending: state.pending.filter((id) => id !== promptId),
    cancelling: state.cancelling.filter((id) => id !== promptId),
    live: without(state.live, promptId),
    parts: without(state.parts, promptId),
    owners: without(state.owners, promptId),
  };
}

/** A prompt that ran waits again, as it does when the server was started anew. @param {RunState} state @param {string} promptId @returns {RunState} */
export function waitingAgain(state, promptId) {
  const settled = withoutBusy(state, ownerOf(state, promptId));
  return { ...settled, live: without(state.live, promptId) };
}

/** Whether a prompt is one that waits here or runs. @param {RunState} state @param {string} promptId */
export function isKnown(state, promptId) {
  return promptId in state.owners || promptId in state.live || state.pending.includes(promptId);
}

/** @param {RunState} state @param {string} promptId */
function ownerOf(state, promptId) {
  return state.owners[promptId] ?? state.shown;
}

/**
 * Change cards of the workflow that a message is about.
 * @param {RunState} state
 * @param {any} data
 * @param {(string | number)[]} ids
 * @param {(card: NodeRun) => NodeRun} change
 */
function changeOwn(state, data, ids, change) {
  return changeCards(state, ownerOf(state, data.prompt_id), ids, change);
}

/** @param {RunState} state @param {any} data @returns {RunState} */
function onStart(state, data) {
  const workflow = ownerOf(state, data.prompt_id);
  const cards = cardsOf(state, workflow);
  const cleared = withCards(state, workflow, { ...resultsOf(cards), ...refused(cards, state.parts[data.prompt_id]) });
  const live = { ...state.live, [data.prompt_id]: STARTED };
  const begun = { ...cleared, live, failure: null };
  return changeOwn(begun, data, state.parts[data.prompt_id] ?? [], (card) => ({ ...card, state: "waiting" }));
}

/** The cards with errors that a prompt leaves out because of them. @param {Cards} cards @param {string[]} [parts] its node ids */
function refused(cards, parts = []) {
  const own = new Set(parts.flatMap(cardsAlong));
  return Object.fromEntries(Object.entries(cards).filter(([id, card]) => parts.length && card.error && !own.has(id)));
}

/** @param {RunState} state @param {any} data @returns {RunState} */
function onExecuting(state, data) {
  if (data.node === null || data.node === undefined) return finish(state, data.prompt_id);
  const settled = settleRunning(state, data.prompt_id, data.display_node ?? data.node);
  const before = state.live[data.prompt_id] ?? STARTED;
  const live = { ...state.live, [data.prompt_id]: { ...before, node: cardOf(data.display_node ?? data.node), pace: null } };
  return changeOwn({ ...settled, live }, data, [data.display_node ?? data.node], (card) => ({ ...card, state: "running" }));
}

/** @param {RunState} state @param {any} data @param {number} now @returns {RunState} */
function onProgress(state, data, now) {
  const paced = withPace(state, data.prompt_id, data.node, data.value, now);
  return changeOwn(paced, data, [data.node], (card) => ({ ...card, state: "running", value: data.value, max: data.max }));
}

/** What a card's state is called where the server tells of all nodes at once. @type {Record<string, import("./run_cards.js").NodeRun["state"]>} */
const STATE_OF = { pending: "waiting", running: "running", finished: "finished", error: "failed" };

/** @param {RunState} state @param {any} data @param {number} now @returns {RunState} */
function onProgressState(state, data, now) {
  let next = withShare(state, data);
  const workflow = ownerOf(state, data.prompt_id);
  for (const [id, node] of Object.entries(data.nodes ?? {})) {
    const card = String(node.display_node_id ?? id);
    const before = cardsOf(next, workflow)[card];
    if (before?.state === "cached" || before?.state === "failed") continue;
    const told = STATE_OF[node.state] ?? before?.state;
    if (before?.state === told && before?.value === node.value && before?.max === node.max) continue;
    next = changeCards(next, workflow, [card], (run) => ({ ...run, state: told, value: node.value, max: node.max }));
    if (node.state === "running") next = withPace(next, data.prompt_id, id, node.value, now);
  }
  return next;
}

/** @param {RunState} state @param {any} data @returns {RunState} */
function onExecuted(state, data) {
  const output = data.output ?? {};
  return changeOwn(state, data, [data.display_node ?? data.node], (card) => ({
    ...card,
    state: card.state === "cached" ? "cached" : "finished",
    pictures: output.images ?? card.pictures,
    texts: output.text ?? card.texts,
    version: data.prompt_id,
  }));
}

/** The card that ran says that it was cancelled. @param {RunState} state @param {any} data @returns {RunState} */
function onInterrupted(state, data) {
  const workflow = ownerOf(state, data.prompt_id);
  const card = cardOf(data.node_id ?? "");
  const ran = cardsOf(state, workflow)[card]?.state === "running" ? [data.node_id] : [];
  return changeCards(finish(state, data.prompt_id), workflow, ran, (run) => ({ ...run, state: "cancelled" }));
}

/** @param {RunState} state @param {any} data @returns {RunState} */
function onError(state, data) {
  const message = data.exception_message?.trim() || data.exception_type || "The node failed.";
  const error = { message, details: (data.traceback ?? []).join(""), inputs: {} };
  const workflow = ownerOf(state, data.prompt_id);
  const node = cardOf(data.node_id);
  const failure = workflow === state.shown ? { promptId: data.prompt_id, node, message } : state.failure;
  // One that was only kept from running ends nothing: the rest of the prompt goes on.
  const isOver = data.exception_type !== "ExecutionBlocked";
  const stopped = { ...(isOver ? finish(state, data.prompt_id) : state), failure };
  return changeCards(stopped, workflow, [data.node_id], (card) => ({ ...card, state: "failed", error }));
}

/** The server says how much is done, so that every page says the same. @param {RunState} state @param {any} data @returns {RunState} */
function withShare(state, { prompt_id: promptId, share, seconds_ahead: secondsAhead }) {
  const live = state.live[promptId];
  return live ? { ...state, live: { ...state.live, [promptId]: { ...live, share, secondsAhead } } } : state;
}

/**
 * Note the first step of a node, from which its speed is measured: before it lies what the node did to get ready.
 * @param {RunState} state
 * @param {string} promptId
 * @param {string} node
 * @param {number} value
 * @param {number} now
 * @returns {RunState}
 */
function withPace(state, promptId, node, value, now) {
  const live = state.live[promptId];
  const isFirst = live && live.node === cardOf(node) && value > 0 && (!live.pace || value < live.pace.value);
  return isFirst ? { ...state, live: { ...state.live, [promptId]: { ...live, pace: { value, at: now } } } } : state;
}

/** @param {RunState} state @param {string} promptId @param {string} except @returns {RunState} */
function settleRunning(state, promptId, except) {
  const workflow = ownerOf(state, promptId);
  const cards = cardsOf(state, workflow);
  const staying = cardsAlong(except);
  const running = Object.keys(cards).filter((id) => !staying.includes(id) && cards[id].state === "running");
  return changeOnly(state, workflow, running, (card) => ({ ...card, state: "finished" }));
}

/** @param {RunState} state @param {string} workflow @returns {RunState} */
function withoutBusy(state, workflow) {
  const cards = cardsOf(state, workflow);
  const busy = Object.keys(cards).filter((id) => ["running", "waiting"].includes(cards[id].state ?? ""));
  return changeOnly(state, workflow, busy, ({ state: _state, value: _value, max: _max, ...card }) => card);
}

/**
 * @template T
 * @param {Record<string, T>} record
 * @param {string} key
 * @returns {Record<string, T>}
 */
function without(record, key) {
  const { [key]: _gone, ...rest } = record;
  return rest;
}
