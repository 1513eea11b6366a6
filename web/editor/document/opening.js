// Recognising what was opened: a workflow, a prompt, or a picture that carries one.
import { findDamage } from "./damage.js";
import { parseJson } from "./json.js";
import { isWorkflow } from "./workflow.js";
import { fromPrompt, isPrompt } from "../kernels/from_prompt.js";
import { isPng, pngTexts } from "../kernels/png.js";
/** @import {NodeDefinitions, Workflow} from "./types.js" */

/** What was opened holds no workflow; the message says so in words. */
export class OpeningError extends Error {}

/**
 * Read the workflow of a file.
 * @param {{name: string, arrayBuffer: () => Promise<ArrayBuffer>}} file
 * @param {NodeDefinitions} definitions
 * @returns {Promise<Workflow>}
 * @throws {OpeningError}
 */
export async function openFile(file, definitions) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!isPng(bytes)) return openText(new TextDecoder().decode(bytes), file.name, definitions);
  const texts = pngTexts(bytes);
  for (const key of ["workflow", "prompt"]) {
    if (texts[key]) return openText(texts[key], file.name, definitions);
  }
  throw new OpeningError(`${file.name} carries no workflow. Only pictures saved with their workflow can be opened.`);
}

/**
 * Read the workflow of a text.
 * @param {string} text
 * @param {string} name
 * @param {NodeDefinitions} definitions
 * @returns {Workflow}
 * @throws {OpeningError}
 */
export function openText(text, name, definitions) {
  let value;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new OpeningError(`${name} is neither a picture nor JSON: ${/** @type {Error} */ (error).message}`);
  }
  if (isWorkflow(value)) {
    const damage = findDamage(value);
    if (damage) throw new OpeningError(`${name} is a damaged workflow: ${damage}.`);
    return value;
  }
  if (isPrompt(value)) return fromPrompt(value, definitions);
  if (isPrompt(value?.prompt)) return fromPrompt(value.prompt, definitions);
  throw new OpeningError(`${name} is JSON, but neither a workflow nor a prompt.`);
}
