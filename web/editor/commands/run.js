// Commands that run the workflow: queue, how often and what for, cancel.
import { changeGraphs } from "../document/hosts.js";
import { newId } from "../document/ids.js";
import { nodesById } from "../document/workflow.js";
import { RequestError } from "../client/server.js";
import { definitionOf, faceOf } from "../kernels/faces.js";
import { neededCards, neededFor, outputTargets } from "../kernels/targets.js";
import { cardErrors } from "../kernels/refusals.js";
import { changeCard, withErrors, withoutErrors } from "../kernels/run_cards.js";
import { runningPrompt, withoutParts } from "../kernels/run_state.js";
import { MissingNodeError } from "../kernels/resolving.js";
import { advanceSeeds } from "../kernels/seeds.js";
import { RUNNING } from "../panels/notices.js";
import { say } from "../texts/texts.js";
/** @import {Tab} from "../document/tab.js" */
/** @import {Prompt, Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {CardError} from "../kernels/run_cards.js" */
/** @import {Command} from "./registry.js" */

/** @type {Promise<any>} */
let lastPress = Promise.resolve();

/** @typedef {{front?: boolean, count?: number, targets?: string[]}} Order how a workflow is to be queued */

/** @param {Editor} editor @returns {Command[]} */
export function runCommands(editor) {
  const isBusy = () => editor.runs.state.value.pending.length > 0 || runningPrompt(editor.runs.state.value) !== null;
  const hasSelection = () => editor.selection.value.size > 0;
  return [
    { id: "queue", section: "Run", keys: ["Ctrl+Enter"], worksInText: true, run: () => queueAsSet(editor, {}) },
    {
      id: "queue-front",
      section: "Run",
      keys: ["Ctrl+Shift+Enter"],
      worksInText: true,
      run: () => queueAsSet(editor, { front: true }),
    },
    { id: "queue-selected", section: "Run", enabled: hasSelection, run: () => queueSelected(editor) },
    { id: "cancel", section: "Run", keys: ["Ctrl+Alt+Enter"], worksInText: true, enabled: isBusy, run: () => cancel(editor) },
  ];
}

/** Queue as often as the run options say. @param {Editor} editor @param {Order} order */
async function queueAsSet(editor, order) {
  await queue(editor, { count: editor.runOptions.value.count, ...order });
}

/**
 * Send the workflow to the queue and move its seeds on, as often as asked for.
 * @param {Editor} editor
 * @param {Order} order
 * @returns {Promise<boolean>} whether everything was taken
 */
export function queue(editor, order) {
  const pressed = editor.tabs.active.value;
  // One press after the other: the seed that a press sends is the one that the press before has left.
  const turn = lastPress.then(() => queueTab(editor, pressed, order));
  lastPress = turn.catch(() => {});
  return turn;
}

/** @param {Editor} editor @param {Tab} pressed the tab that was shown @param {Order} order */
async function queueTab(editor, pressed, { front = false, count = 1, targets }) {
  const { tabs } = editor;
  await Promise.all([editor.ready, editor.runs.claimed]);
  // What was there at first may have given way to what was opened.
  const tab = tabs.list.value.includes(pressed) ? pressed : tabs.active.value;
  editor.runs.update((state) => withoutErrors(state, tab.workflow.id));
  editor.notices.withdraw(RUNNING);
  const unknown = unknownClasses(editor, tab.workflow);
  if (Object.keys(unknown).length) {
    editor.runs.update((state) => withErrors(state, unknown, tab.workflow.id));
    editor.notices.show(say("run.unknown-classes"), "error", undefined, RUNNING);
    return false;
  }
  let before = "";
  for (let index = 0; index < count; index += 1) {
    const promptId = await queueOnce(editor, tab, { front, targets });
    if (!promptId) return false;
    // Each went before the last one: they are to run in the order in which they were made.
    if (front && before) await putAfter(editor, promptId, before);
    before = promptId;
  }
  return true;
}

/** Let a prompt wait right after another, unless that one does not wait any more. @param {Editor} editor @param {string} promptId @param {string} other */
async function putAfter(editor, promptId, other) {
  try {
    await editor.server.move([promptId], { after: other });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  }
}

/**
 * @param {Editor} editor
 * @param {Tab} tab whose workflow; another may be shown by the time of the answer
 * @param {Order} order
 * @returns {Promise<string>} the prompt's id, "" where it was refused
 */
async function queueOnce(editor, tab, { front, targets }) {
  const { tabs, runs, server, notices } = editor;
  if (tab === tabs.active.value) editor.gather();
  const { workflow, name } = tab;
  const promptId = newId();
  try {
    const { prompt, workflow: sent } = await editor.toSend(workflow, { front, promptId });
    if (!Object.keys(prompt).length) {
      notices.show(nothingToRun(workflow), "error", undefined, RUNNING);
      return "";
    }
    // Announced before it is sent: its first messages may come before the answer.
    runs.queued(promptId, neededOf(editor, workflow, prompt, targets), workflow.id);
    const answer = await server.queue({ prompt, workflow: sent, name, clientId: runs.clientId, promptId, front, targets });
    runs.taken(promptId);
    const isAsSent = tab.workflow === workflow;
    tabs.edit(tab, "Seed after queueing", (current) => changeGraphs(current, (graph) => advanceSeeds(graph, editor.definitions.value)));
    // What the person changes while a prompt is on its way is not in it.
    editor.queued = isAsSent ? tab.workflow : workflow;
    runs.update((state) => withoutParts(state, promptId, Object.keys(cardErrors(answer.node_errors ?? {}))));
    if (showRefusals(editor, workflow, answer.node_errors)) notices.show(say("run.partly-refused"), "error", undefined, RUNNING);
    return promptId;
  } catch (error) {
    runs.refused(promptId);
    if (!(error instanceof RequestError) && !(error instanceof MissingNodeError)) throw error;
    const isOnCards = error instanceof RequestError && showRefusals(editor, workflow, error.body?.node_errors);
    if (isOnCards) sayRefusal(editor, tab, workflow, error.body.node_errors);
    else notices.show(error.message, "error", undefined, RUNNING);
    return "";
  }
}

/**
 * The nodes that are going to run: what is sent may hold others.
 * @param {Editor} editor
 * @param {Workflow} workflow
 * @param {Prompt | Workflow} sent
 * @param {string[]} [targets]
 */
function neededOf({ definitions }, workflow, sent, targets) {
  if (sent === workflow) return neededCards(workflow, definitions.value, targets);
  const prompt = /** @type {Prompt} */ (sent);
  return neededFor(prompt, targets ?? Object.keys(prompt).filter((id) => definitionOf(definitions.value, prompt[id].class_type ?? "")?.output_node));
}

/** Why a workflow makes an empty prompt. @param {Workflow} workflow */
export function nothingToRun(workflow) {
  return say(nodesById(workflow).size ? "run.nothing" : "run.empty");
}

/** Queue only what the selected outputs need. @param {Editor} editor */
async function queueSelected(editor) {
  const { graph, scopePath } = editor.document;
  const targets = outputTargets(graph, editor.selection.value, editor.definitions.value).map((id) => scopePath + id);
  if (targets.length) await queueAsSet(editor, { targets });
  else editor.notices.show(say("run.no-output-selected"), "error", undefined, RUNNING);
}

/**
 * @param {Editor} editor
 * @param {Workflow} workflow
 * @param {Record<string, any> | undefined} nodeErrors
 * @returns {boolean} whether a card was marked
 */
function showRefusals(editor, workflow, nodeErrors) {
  const errors = cardErrors(nodeErrors ?? {});
  if (!Object.keys(errors).length) return false;
  editor.runs.update((state) => withErrors(state, errors, workflow.id));
  return true;
}

/**
 * Say which card keeps the workflow from running, and why; a button leads to it.
 * @param {Editor} editor
 * @param {Tab} tab
 * @param {Workflow} workflow as it was sent
 * @param {Record<string, any>} nodeErrors
 */
function sayRefusal(editor, tab, workflow, nodeErrors) {
  const cards = Object.entries(cardErrors(nodeErrors)).filter(([id]) => !id.includes(":"));
  const [id, error] = cards[0] ?? [];
  const node = nodesById(workflow).get(id ?? "");
  if (!id || !node || !error) return void editor.notices.show(say("run.refused"), "error", undefined, RUNNING);
  const card = faceOf(workflow, node, editor.definitions.value).title;
  const count = cards.length - 1;
  const words = say(count ? "run.refused-more" : "run.refused-here", { card, problem: error.message.split("\n")[0], count });
  editor.notices.show(words, "error", { label: say("run.show"), run: () => showIn(editor, tab, id) }, RUNNING);
}

/** Show a card of a workflow's outermost graph, unless its tab was closed. @param {Editor} editor @param {Tab} tab @param {string} id */
function showIn({ tabs, document, showCard }, tab, id) {
  if (!tabs.list.value.includes(tab)) return;
  if (tab !== tabs.active.value) tabs.show(tab);
  if (document.scope.value.length) document.scope.value = [];
  showCard(id);
}

/**
 * The nodes that would run but whose class the server does not have.
 * @param {Editor} editor
 * @param {Workflow} workflow
 */
function unknownClasses(editor, workflow) {
  const subgraphs = new Set(workflow.definitions?.subgraphs?.map((subgraph) => subgraph.id));
  /** @type {Record<string, CardError>} */
  const errors = {};
  for (const node of workflow.nodes) {
    const isSkipped = node.mode === 2 || node.mode === 4 || subgraphs.has(node.type) || node.type.startsWith("workflow");
    if (isSkipped || definitionOf(editor.definitions.value, node.type)) continue;
    const message = say("run.unknown-class", { type: node.type });
    errors[String(node.id)] = { message, details: "", inputs: {} };
  }
  return errors;
}

/** Cancel the prompt that runs, or the next one of this page that waits. @param {Editor} editor */
async function cancel(editor) {
  const { state } = editor.runs;
  const chosen = runningPrompt(state.value)?.promptId ?? state.value.pending[0];
  editor.runOptions.value = { ...editor.runOptions.value, repeat: "never" };
  if (!chosen) return;
  try {
    await editor.runs.cancel(chosen);
  } catch (error) {
    editor.notices.show(/** @type {Error} */ (error).message, "error");
  }
}

/** Take the error off a card. @param {Editor} editor @param {string} id */
export function dismissError(editor, id) {
  editor.runs.update((state) => changeCard(state, id, ({ error: _error, state: _state, ...card }) => card));
}

/** Take the error off every card whose values or links are changed afterwards. @param {Editor} editor */
export function forgetMendedErrors(editor) {
  const { document: open } = editor;
  let before = nodesById(open.graph);
  let { tab } = open;
  open.scope.subscribe(() => {
    before = nodesById(open.graph);
  });
  open.current.subscribe(() => {
    const now = nodesById(open.graph);
    // Equal ids of another workflow are other nodes, and mend nothing.
    if (open.tab !== tab) {
      [tab, before] = [open.tab, now];
      return;
    }
    for (const [key, card] of Object.entries(editor.runs.state.value.nodes)) {
      if (!key.startsWith(open.scopePath)) continue;
      const id = key.slice(open.scopePath.length);
      const [old, node] = [before.get(id), now.get(id)];
      const isSame = old?.inputs === node?.inputs && old?.widgets_values === node?.widgets_values;
      if (card.error && !isSame) dismissError(editor, key);
    }
    before = now;
  });
}
