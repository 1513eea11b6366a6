// Running the workflow up to the picture that feeds a node, where nothing has shown that picture yet.
import { newId } from "../document/ids.js";
import { isFlat, toPrompt } from "../kernels/conversion.js";
import { isKnown } from "../kernels/run_state.js";
import { LOOK, promptOfPicture } from "../kernels/upstream.js";
import { confirmThat } from "../panels/dialog.js";
import { say } from "../texts/texts.js";
/** @import {Editor} from "../editor.js" */
/** @import {FileReference, Prompt} from "../document/types.js" */

/**
 * The picture that is linked to an input, made now if the person wants that.
 * @param {Editor} editor
 * @param {string} nodeId of the opened graph
 * @param {string} input
 * @returns {Promise<FileReference | null | undefined>} null where nothing is linked, undefined where it was called off
 * @throws {Error} in words, where the run does not come to a picture
 */
export async function makePicture(editor, nodeId, input) {
  editor.gather();
  const { workflow, scopePath } = editor.document;
  const whole = isFlat(workflow) ? toPrompt(workflow, editor.definitions.value) : await editor.server.converted(workflow);
  const prompt = promptOfPicture(whole, scopePath + nodeId, input);
  if (!prompt) return null;
  const isSure = await confirmThat({ title: say("paint.run-title"), message: say("paint.run-first"), button: say("paint.run-button"), isHarmless: true });
  if (!isSure) return undefined;
  if (await editor.server.isPaused()) throw new Error(say("paint.paused"));
  const promptId = await start(editor, prompt, workflow.id);
  await ended(editor, promptId);
  const job = await editor.server.job(promptId);
  const file = job?.outputs[LOOK]?.images?.[0];
  if (!file) throw new Error(say("paint.no-run"));
  return file;
}

/** @param {Editor} editor @param {Prompt} prompt @param {string} [workflow] its id @returns {Promise<string>} */
async function start({ runs, server }, prompt, workflow) {
  const promptId = newId();
  await runs.claimed;
  runs.queued(promptId, Object.keys(prompt).filter((id) => id !== LOOK), workflow);
  try {
    await server.queue({ prompt, extraData: { extra_pnginfo: { workflow: { id: workflow } } }, clientId: runs.clientId, promptId, front: true });
    runs.taken(promptId);
    return promptId;
  } catch (error) {
    runs.refused(promptId);
    throw error;
  }
}

/** @param {Editor} editor @param {string} promptId @returns {Promise<void>} */
function ended({ runs }, promptId) {
  return new Promise((resolve) => {
    const look = () => {
      if (isKnown(runs.state.value, promptId)) return;
      stop();
      resolve();
    };
    const stop = runs.state.subscribe(look);
    look();
  });
}
