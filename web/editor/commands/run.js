// Commands that run the workflow: queue, cancel.
import { RequestError } from "../client/server.js";
import { nodesById } from "../document/workflow.js";
import { isFlat, toPrompt } from "../kernels/conversion.js";
import { definitionOf } from "../kernels/faces.js";
import { cardErrors } from "../kernels/refusals.js";
import { changeCard, withErrors, withoutErrors } from "../kernels/run_state.js";
import { MissingNodeError } from "../kernels/resolving.js";
import { advanceSeeds } from "../kernels/seeds.js";
import { say } from "../texts/texts.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {CardError} from "../kernels/run_state.js" */
/** @import {Command} from "./registry.js" */

/** @param {Editor} editor @returns {Command[]} */
export function runCommands(editor) {
  const isPending = () => editor.runs.state.value.pending.length > 0;
  return [
    { id: "queue", section: "Run", keys: ["Ctrl+Enter"], worksInText: true, run: () => queue(editor, false) },
    {
      id: "queue-front",
      section: "Run",
      keys: ["Ctrl+Shift+Enter"],
      worksInText: true,
      run: () => queue(editor, true),
    },
    { id: "cancel", section: "Run", keys: ["Ctrl+Alt+Enter"], worksInText: true, enabled: isPending, run: () => cancel(editor) },
  ];
}

/**
 * Send the workflow to the queue, then move its seeds on.
 * @param {Editor} editor
 * @param {boolean} front
 */
async function queue(editor, front) {
  await Promise.all([editor.ready, editor.runs.claimed]);
  const { document: open, runs, server, notices } = editor;
  const workflow = open.workflow;
  runs.update(withoutErrors);
  const unknown = unknownClasses(editor, workflow);
  if (Object.keys(unknown).length) {
    runs.update((state) => withErrors(state, unknown));
    notices.show(say("run.unknown-classes"), "error");
    return;
  }
  try {
    const prompt = isFlat(workflow) ? toPrompt(workflow, editor.definitions.value) : workflow;
    const answer = await server.queue({ prompt, workflow, clientId: runs.clientId, front });
    runs.queued(answer.prompt_id, [...nodesById(workflow).keys()].filter((id) => isFlat(workflow) === false || id in prompt));
    open.edit("Seed after queueing", (current) => advanceSeeds(current, editor.definitions.value));
    if (showRefusals(editor, answer.node_errors)) notices.show(say("run.partly-refused"), "error");
  } catch (error) {
    if (!(error instanceof RequestError) && !(error instanceof MissingNodeError)) throw error;
    const isOnCards = error instanceof RequestError && showRefusals(editor, error.body?.node_errors);
    notices.show(isOnCards ? say("run.refused") : error.message, "error");
  }
}

/**
 * @param {Editor} editor
 * @param {Record<string, any> | undefined} nodeErrors
 * @returns {boolean} whether a card was marked
 */
function showRefusals(editor, nodeErrors) {
  const errors = cardErrors(nodeErrors ?? {});
  if (!Object.keys(errors).length) return false;
  editor.runs.update((state) => withErrors(state, errors));
  return true;
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

/** Cancel the prompt that runs, or the next one that waits. @param {Editor} editor */
async function cancel(editor) {
  const { promptId, pending } = editor.runs.state.value;
  const chosen = promptId && pending.includes(promptId) ? promptId : pending[0];
  if (!chosen) return;
  try {
    await editor.server.cancel(chosen);
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
  let before = nodesById(editor.document.workflow);
  editor.document.current.subscribe((workflow) => {
    const now = nodesById(workflow);
    for (const [id, card] of Object.entries(editor.runs.state.value.nodes)) {
      const [old, node] = [before.get(id), now.get(id)];
      const isSame = old?.inputs === node?.inputs && old?.widgets_values === node?.widgets_values;
      if (card.error && !isSame) dismissError(editor, id);
    }
    before = now;
  });
}
