// What is known about running prompts, as a value, and how each message from the server changes it.
/** @import {FileReference} from "../document/types.js" */

/**
 * What a card shows of a run.
 * @typedef {object} NodeRun
 * @property {"waiting" | "running" | "finished" | "cached" | "failed"} [state]
 * @property {number} [value] steps done
 * @property {number} [max]
 * @property {string} [preview] object URL of the newest preview
 * @property {FileReference[]} [pictures]
 * @property {string} [version] the prompt that made the pictures
 * @property {string[]} [texts]
 * @property {CardError} [error]
 */

/** @typedef {{message: string, details: string, inputs: Record<string, string>}} CardError */
/** @typedef {Record<string, Pick<NodeRun, "pictures" | "version" | "texts">>} Results what a run left on its cards */

/**
 * @typedef {object} RunState
 * @property {"connecting" | "open" | "lost"} connection
 * @property {number} waiting prompts in the queue, the running one included
 * @property {string | null} promptId the prompt of this page that runs now
 * @property {string | null} node the card that runs now
 * @property {number} startedAt milliseconds; of the node that runs
 * @property {string[]} pending prompts of this page that are not finished, oldest first
 * @property {Record<string, string[]>} parts the node ids of each pending prompt
 * @property {Record<string, NodeRun>} nodes by card
 */

/** @type {RunState} */
export const IDLE = {
  connection: "connecting",
  waiting: 0,
  promptId: null,
  node: null,
  startedAt: 0,
  pending: [],
  parts: {},
  nodes: {},
};

/** @type {Record<string, (state: RunState, data: any) => RunState>} */
const ON_MESSAGE = {
  status: (state, data) => ({ ...state, waiting: data.status?.exec_info?.queue_remaining ?? state.waiting }),
  execution_start: onStart,
  execution_cached: (state, data) => changeCards(state, data.nodes ?? [], (card) => ({ ...card, state: "cached" })),
  executing: onExecuting,
  progress: (state, data) =>
    changeCard(state, data.node, (card) => ({ ...card, state: "running", value: data.value, max: data.max })),
  progress_state: onProgressState,
  executed: onExecuted,
  execution_error: onError,
  execution_interrupted: (state, data) => finish(withoutRunning(state), data.prompt_id),
  execution_success: (state, data) => finish(withoutRunning(state), data.prompt_id),
};

/**
 * The state after a websocket message; messages of unknown types change nothing.
 * @param {RunState} state
 * @param {{type: string, data: any}} message
 * @returns {RunState}
 */
export function reduce(state, message) {
  const change = ON_MESSAGE[message.type];
  return change ? change(state, message.data ?? {}) : state;
}

/**
 * The card that stands for a node id of a prompt: the outermost one where it lies inside subgraphs.
 * @param {string | number} id
 */
export function cardOf(id) {
  return String(id).split(":")[0];
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
  return { ...state, pending: [...state.pending, promptId], parts: { ...state.parts, [promptId]: nodes } };
}

/**
 * How far the running prompt is, 0 to 1: finished nodes, and the running one by its steps.
 * @param {RunState} state
 */
export function overallProgress(state) {
  if (!state.promptId) return 0;
  const parts = new Set((state.parts[state.promptId] ?? Object.keys(state.nodes)).map(cardOf));
  let done = 0;
  for (const id of parts) {
    const card = state.nodes[id];
    if (card?.state === "finished" || card?.state === "cached") done += 1;
    else if (card?.state === "running") done += card.max ? (card.value ?? 0) / card.max : 0;
  }
  return parts.size ? done / parts.size : 0;
}

/**
 * The state with every card's error and progress gone, as when another workflow is opened.
 * @param {RunState} state
 * @returns {RunState}
 */
export function withoutCards(state) {
  return { ...state, nodes: {} };
}

/**
 * What runs have left on the cards, for keeping over a reload.
 * @param {RunState} state
 * @returns {Results}
 */
export function resultsOf(state) {
  const made = Object.entries(state.nodes).filter(([, card]) => card.pictures || card.texts);
  return Object.fromEntries(made.map(([id, { pictures, version, texts }]) => [id, { pictures, version, texts }]));
}

/** @param {RunState} state @param {Results} results @returns {RunState} */
export function withResults(state, results) {
  return { ...state, nodes: { ...results, ...state.nodes } };
}

/**
 * @param {RunState} state
 * @param {Record<string, CardError>} errors by card
 * @returns {RunState}
 */
export function withErrors(state, errors) {
  const cleared = withoutErrors(state);
  const nodes = { ...cleared.nodes };
  for (const [id, error] of Object.entries(errors)) nodes[id] = { ...nodes[id], state: "failed", error };
  return { ...cleared, nodes };
}

/** @param {RunState} state @returns {RunState} */
export function withoutErrors(state) {
  return changeCards(state, Object.keys(state.nodes), ({ error, state: runState, ...card }) => ({
    ...card,
    ...(runState === "failed" ? {} : { state: runState }),
  }));
}

/**
 * @param {RunState} state
 * @param {string | number} id
 * @param {(card: NodeRun) => NodeRun} change
 * @returns {RunState}
 */
export function changeCard(state, id, change) {
  return changeCards(state, [id], change);
}

/**
 * A prompt is over: it is no longer pending, and what had not run is idle again.
 * @param {RunState} state
 * @param {string} promptId
 * @returns {RunState}
 */
export function finish(state, promptId) {
  const { [promptId]: _parts, ...parts } = state.parts;
  const isRunning = state.promptId === promptId;
  return {
    ...state,
    pending: state.pending.filter((id) => id !== promptId),
    parts,
    promptId: isRunning ? null : state.promptId,
    node: isRunning ? null : state.node,
  };
}

/** @param {RunState} state @param {any} data @returns {RunState} */
function onStart(state, data) {
  const parts = (state.parts[data.prompt_id] ?? []).map(cardOf);
  const isMine = state.pending.includes(data.prompt_id);
  const started = { ...state, promptId: data.prompt_id, node: null, nodes: resultsOf(state) };
  const known = isMine ? started : { ...started, pending: [data.prompt_id, ...state.pending] };
  return changeCards(known, parts, (card) => ({ ...card, state: "waiting" }));
}

/** @param {RunState} state @param {any} data @returns {RunState} */
function onExecuting(state, data) {
  if (data.node === null || data.node === undefined) return finish(withoutRunning(state), data.prompt_id);
  const id = cardOf(data.display_node ?? data.node);
  const settled = settleRunning(state, id);
  const next = { ...settled, promptId: data.prompt_id ?? state.promptId, node: id, startedAt: Date.now() };
  return changeCard(next, id, (card) => ({ ...card, state: "running" }));
}

/** @param {RunState} state @param {any} data @returns {RunState} */
function onProgressState(state, data) {
  let next = state;
  for (const [id, node] of Object.entries(data.nodes ?? {})) {
    const card = cardOf(node.display_node_id ?? id);
    const before = next.nodes[card];
    if (before?.state === "cached" || before?.state === "failed") continue;
    if (before?.state === node.state && before?.value === node.value && before?.max === node.max) continue;
    next = changeCard(next, card, (run) => ({ ...run, state: node.state, value: node.value, max: node.max }));
  }
  return next;
}

/** @param {RunState} state @param {any} data @returns {RunState} */
function onExecuted(state, data) {
  const output = data.output ?? {};
  return changeCard(state, cardOf(data.display_node ?? data.node), (card) => ({
    ...card,
    state: card.state === "cached" ? "cached" : "finished",
    pictures: output.images ?? card.pictures,
    texts: output.text ?? card.texts,
    version: data.prompt_id,
  }));
}

/** @param {RunState} state @param {any} data @returns {RunState} */
function onError(state, data) {
  const error = {
    message: data.exception_message?.trim() || data.exception_type || "The node failed.",
    details: (data.traceback ?? []).join(""),
    inputs: {},
  };
  const stopped = finish(withoutRunning(state), data.prompt_id);
  return changeCard(stopped, cardOf(data.node_id), (card) => ({ ...card, state: "failed", error }));
}

/** @param {RunState} state @param {string} except @returns {RunState} */
function settleRunning(state, except) {
  const running = Object.keys(state.nodes).filter((id) => id !== except && state.nodes[id].state === "running");
  return changeCards(state, running, (card) => ({ ...card, state: "finished" }));
}

/** @param {RunState} state @returns {RunState} */
function withoutRunning(state) {
  const busy = Object.keys(state.nodes).filter((id) => ["running", "waiting"].includes(state.nodes[id].state ?? ""));
  return changeCards(state, busy, ({ state: _state, value: _value, max: _max, ...card }) => card);
}

/**
 * @param {RunState} state
 * @param {(string | number)[]} ids
 * @param {(card: NodeRun) => NodeRun} change
 * @returns {RunState}
 */
function changeCards(state, ids, change) {
  if (!ids.length) return state;
  const nodes = { ...state.nodes };
  for (const id of ids) nodes[cardOf(id)] = change(nodes[cardOf(id)] ?? {});
  return { ...state, nodes };
}
