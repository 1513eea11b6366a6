// What can be done with a prompt of the queue or the history.
import { newId } from "../document/ids.js";
import { findDamage } from "../document/damage.js";
import { isWorkflow } from "../document/workflow.js";
import { fromPrompt } from "../kernels/from_prompt.js";
import { say } from "../texts/texts.js";
/** @import {Job, JobWhole} from "../client/server.js" */
/** @import {FileReference} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */

const NAME_LENGTH = 8;

/**
 * Do something that asks the server; what goes wrong is said.
 * @param {Editor} editor
 * @param {() => Promise<any>} action
 */
export async function attempt(editor, action) {
  try {
    await action();
  } catch (error) {
    editor.notices.show(/** @type {Error} */ (error).message, "error");
  }
}

/**
 * Open the workflow that a prompt was made from, with what the prompt has made on its cards.
 * @param {Editor} editor
 * @param {Job} job
 */
export async function openWorkflowOf(editor, job) {
  await editor.ready;
  const whole = await wholeJob(editor, job.id);
  const stored = whole.workflow.extra_data.extra_pnginfo?.workflow;
  const workflow = isWorkflow(stored) && !findDamage(stored) ? stored : fromPrompt(whole.workflow.prompt, editor.definitions.value);
  const tab = editor.tabs.open(workflow, job.workflow_name ?? say("jobs.workflow-name", { id: job.id.slice(0, NAME_LENGTH) }));
  editor.runs.showResults(whole, tab.workflow.id ?? "");
}

/**
 * Queue the same prompt once more, with the very same seeds.
 * @param {Editor} editor
 * @param {Job} job
 */
export async function runAgain(editor, job) {
  await editor.runs.claimed;
  const whole = await wholeJob(editor, job.id);
  const { prompt, extra_data: extraData } = whole.workflow;
  const promptId = newId();
  const workflow = extraData.extra_pnginfo?.workflow?.id;
  editor.runs.queued(promptId, Object.keys(prompt), typeof workflow === "string" ? workflow : `prompt ${promptId}`);
  try {
    await editor.server.queue({ prompt, extraData, clientId: editor.runs.clientId, promptId });
    editor.runs.taken(promptId);
  } catch (error) {
    editor.runs.refused(promptId);
    throw error;
  }
}

/**
 * The pictures that a prompt has made, in the order of its outputs.
 * @param {Editor} editor
 * @param {Job} job
 * @returns {Promise<FileReference[]>}
 */
export async function picturesOf(editor, job) {
  const whole = await wholeJob(editor, job.id);
  return Object.values(whole.outputs).flatMap((output) => output.images ?? []).filter((file) => typeof file?.filename === "string");
}

/** @param {Editor} editor @param {string} promptId @returns {Promise<JobWhole>} */
async function wholeJob(editor, promptId) {
  const job = await editor.server.job(promptId);
  if (!job) throw new Error(say("jobs.gone"));
  return job;
}
