// Pictures among the inputs: how widgets name them, and how one gets there.
import { say } from "../texts/texts.js";
/** @import {FileReference} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */

/**
 * The name under which the picture lies among the inputs; results are copied there.
 * @param {Editor} editor
 * @param {FileReference} file
 */
export async function storeAsInput(editor, file) {
  if (file.type === "input") return inputName(file.filename, file.subfolder);
  const answer = await fetch(editor.server.viewUrl(file));
  if (!answer.ok) throw new Error(say("picture.gone"));
  const stored = await editor.server.upload(new File([await answer.blob()], file.filename));
  await learnChoices(editor);
  return inputName(stored.name, stored.subfolder);
}

/** A file among the inputs as widgets name it. @param {string} name @param {string} [subfolder] */
export function inputName(name, subfolder) {
  return subfolder ? `${subfolder}/${name}` : name;
}

/** Read the node classes anew, whose lists of files have grown. @param {Editor} editor */
export async function learnChoices(editor) {
  editor.definitions.value = await editor.server.nodeDefinitions();
}
