// What the cards of each workflow show of its runs: of the workflow that is open, and parked for those that are not.
/** @import {FileReference} from "../document/types.js" */
/** @import {RunState} from "./run_state.js" */

/**
 * What a card shows of a run.
 * @typedef {object} NodeRun
 * @property {"waiting" | "running" | "finished" | "cached" | "failed" | "cancelled"} [state]
 * @property {number} [value] steps done
 * @property {number} [max]
 * @property {string} [preview] object URL of the newest preview
 * @property {FileReference[]} [pictures]
 * @property {string} [version] the prompt that made the pictures
 * @property {string[]} [texts]
 * @property {CardError} [error]
 */

/** @typedef {{message: string, details: string, inputs: Record<string, string>}} CardError */
/** @typedef {Record<string, NodeRun>} Cards what each card shows, by node id */
/** @typedef {Record<string, Pick<NodeRun, "pictures" | "version" | "texts">>} Results what a run left on its cards */

const MOST_PARKED = 24;

/**
 * The card that stands for a node id of a prompt: the outermost one where it lies inside subgraphs.
 * @param {string | number} id
 */
export function cardOf(id) {
  return String(id).split(":")[0];
}

/**
 * The cards that show what happens to a node id of a prompt, outermost first: those of the subgraphs around it, which
 * are known by their own path, and its own.
 * @param {string | number} id such as "5:7:11"
 * @returns {string[]}
 */
export function cardsAlong(id) {
  const steps = String(id).split(":");
  return steps.map((_step, index) => steps.slice(0, index + 1).join(":"));
}

/**
 * The cards inside an opened subgraph, by their ids there.
 * @param {Cards} cards
 * @param {string} path such as "5:", "" for the workflow itself
 * @returns {Cards}
 */
export function cardsWithin(cards, path) {
  const inside = Object.entries(cards).filter(([id]) => id.startsWith(path));
  return Object.fromEntries(inside.map(([id, card]) => [id.slice(path.length), card]));
}

/**
 * The cards of a workflow, open or not.
 * @param {RunState} state
 * @param {string} workflow its id
 * @returns {Cards}
 */
export function cardsOf(state, workflow) {
  return workflow === state.shown ? state.nodes : (state.parked[workflow] ?? {});
}

/**
 * @param {RunState} state
 * @param {string} workflow
 * @param {Cards} cards
 * @returns {RunState}
 */
export function withCards(state, workflow, cards) {
  if (workflow === state.shown) return { ...state, nodes: cards };
  const { [workflow]: _before, ...others } = state.parked;
  return { ...state, parked: { ...withoutOldest(others, state.open), [workflow]: cards } };
}

/** Cards of so many workflows that are closed, or of others' prompts, are kept; those of open ones always. @param {Record<string, Cards>} parked @param {readonly string[]} open */
function withoutOldest(parked, open) {
  const closed = Object.keys(parked).filter((workflow) => !open.includes(workflow));
  const gone = new Set(closed.slice(0, Math.max(0, closed.length + 1 - MOST_PARKED)));
  return gone.size ? Object.fromEntries(Object.entries(parked).filter(([workflow]) => !gone.has(workflow))) : parked;
}

/**
 * The state once another workflow is open: its cards are shown as they were left, the former ones are parked.
 * A workflow without an id has nothing to be known by and starts with empty cards.
 * @param {RunState} state
 * @param {string} workflow its id, or ""
 * @returns {RunState}
 */
export function showing(state, workflow) {
  if (workflow === state.shown && workflow) return state;
  const before = state.shown ? withCards({ ...state, shown: "" }, state.shown, state.nodes) : state;
  return { ...before, shown: workflow, nodes: workflow ? (state.parked[workflow] ?? {}) : {} };
}

/**
 * Change some cards of a workflow, and those of the subgraphs around them.
 * @param {RunState} state
 * @param {string} workflow
 * @param {(string | number)[]} ids
 * @param {(card: NodeRun) => NodeRun} change
 * @returns {RunState}
 */
export function changeCards(state, workflow, ids, change) {
  return changeOnly(state, workflow, [...new Set(ids.flatMap(cardsAlong))], change);
}

/**
 * Change just these cards of a workflow.
 * @param {RunState} state
 * @param {string} workflow
 * @param {string[]} ids
 * @param {(card: NodeRun) => NodeRun} change
 * @returns {RunState}
 */
export function changeOnly(state, workflow, ids, change) {
  if (!ids.length) return state;
  const cards = { ...cardsOf(state, workflow) };
  for (const id of ids) cards[id] = change(cards[id] ?? {});
  return withCards(state, workflow, cards);
}

/**
 * Change one card of the open workflow.
 * @param {RunState} state
 * @param {string | number} id
 * @param {(card: NodeRun) => NodeRun} change
 * @returns {RunState}
 */
export function changeCard(state, id, change) {
  return changeCards(state, state.shown, [id], change);
}

/**
 * What runs have left on cards, for keeping over a reload.
 * @param {Cards} cards
 * @returns {Results}
 */
export function resultsOf(cards) {
  const made = Object.entries(cards).filter(([, card]) => card.pictures || card.texts);
  return Object.fromEntries(made.map(([id, { pictures, version, texts }]) => [id, { pictures, version, texts }]));
}

/** @param {RunState} state @param {Results} results @returns {RunState} */
export function withResults(state, results) {
  return { ...state, nodes: { ...results, ...state.nodes } };
}

/**
 * Mark cards of a workflow as wrong; what was wrong before is forgotten.
 * @param {RunState} state
 * @param {Record<string, CardError>} errors by card
 * @param {string} workflow its id
 * @returns {RunState}
 */
export function withErrors(state, errors, workflow = state.shown) {
  const cleared = withoutErrors(state, workflow);
  const cards = { ...cardsOf(cleared, workflow) };
  for (const [id, error] of Object.entries(errors)) cards[id] = { ...cards[id], state: "failed", error };
  return withCards(cleared, workflow, cards);
}

/** @param {RunState} state @param {string} workflow its id @returns {RunState} */
export function withoutErrors(state, workflow = state.shown) {
  const cards = cardsOf(state, workflow);
  const isFree = Object.values(cards).every((card) => !card.error && card.state !== "failed");
  if (isFree) return state;
  return changeOnly(state, workflow, Object.keys(cards), ({ error, state: runState, ...card }) => ({
    ...card,
    ...(runState === "failed" ? {} : { state: runState }),
  }));
}

/** What tells a file of the server from all others. @param {FileReference} file */
export function fileKey({ filename, subfolder = "", type = "output" }) {
  return `${type}/${subfolder}/${filename}`;
}

/** The state once a file is gone: no card of any workflow shows it. @param {RunState} state @param {FileReference} file @returns {RunState} */
export function withoutFile(state, file) {
  const key = fileKey(file);
  return [state.shown, ...Object.keys(state.parked)].reduce((next, workflow) => {
    const cards = cardsOf(next, workflow);
    const ids = Object.keys(cards).filter((id) => cards[id].pictures?.some((picture) => fileKey(picture) === key));
    return changeOnly(next, workflow, ids, (card) => ({ ...card, pictures: card.pictures?.filter((picture) => fileKey(picture) !== key) }));
  }, state);
}
