// Recognising what was opened: a workflow, a prompt, or a file that carries one.
import { findDamage } from "./damage.js";
import { parseLooseJson } from "./json.js";
import { isWorkflow } from "./workflow.js";
import { settleByName } from "../kernels/named_values.js";
import { say } from "../texts/texts.js";
/** @import {NodeDefinitions, Workflow} from "./types.js" */

const LOOK_AT = 4096;

/** What was opened holds no workflow; the message says so in words. */
export class OpeningError extends Error {}

/** A file that may hold a workflow, but does not. */
export class NoWorkflowError extends OpeningError {}

/** @typedef {{workflow: Workflow, remark: string}} Opened `remark`: what is to be said about it, "" for nothing */

/**
 * Read the workflow of a file.
 * @param {Blob & {name: string}} file
 * @param {NodeDefinitions} definitions
 * @returns {Promise<Opened>}
 * @throws {OpeningError}
 */
export async function openFile(file, definitions) {
  const { embeddedTexts, tensorHeaderLength } = await import("../kernels/embedded.js");
  // Of a file of tensors, which may be huge, only the header is read.
  const header = tensorHeaderLength(new Uint8Array(await file.slice(0, LOOK_AT).arrayBuffer()));
  const bytes = new Uint8Array(await (header ? file.slice(0, 8 + header) : file).arrayBuffer());
  const texts = await embeddedTexts(bytes);
  // No text has zeros; what has them is a file of some other kind, and its bytes say nothing to a person.
  if (!texts && bytes.subarray(0, LOOK_AT).includes(0)) throw new NoWorkflowError(say("open.no-workflow", { name: file.name }));
  if (!texts) return openText(new TextDecoder().decode(bytes), file.name, definitions);
  const opened = await openFirst([texts.workflow, texts.prompt].filter(Boolean), file.name, definitions);
  if (opened) return opened;
  const rebuilt = texts.parameters ? await rebuild(texts.parameters, file.name, definitions) : null;
  if (rebuilt) return rebuilt;
  throw new NoWorkflowError(say("open.no-workflow", { name: file.name }));
}

/**
 * Read the first text that can be read; where there is none, what is wrong with the first is said.
 * @param {string[]} texts
 * @param {string} name
 * @param {NodeDefinitions} definitions
 * @returns {Promise<Opened | null>} null where there is no text
 */
async function openFirst(texts, name, definitions) {
  let problem = null;
  for (const text of texts) {
    try {
      return await openText(text, name, definitions);
    } catch (error) {
      if (!(error instanceof OpeningError)) throw error;
      problem ??= error;
    }
  }
  if (problem) throw problem;
  return null;
}

/**
 * Read the workflow of a text.
 * @param {string} text
 * @param {string} name
 * @param {NodeDefinitions} definitions
 * @returns {Promise<Opened>}
 * @throws {OpeningError}
 */
export async function openText(text, name, definitions) {
  let value;
  try {
    value = parseLooseJson(text);
  } catch (error) {
    const rebuilt = await rebuild(text, name, definitions);
    if (rebuilt) return rebuilt;
    const isMeant = /^\s*[[{]/.test(text);
    throw new OpeningError(say(isMeant ? "open.broken-json" : "open.not-json", { name, problem: /** @type {Error} */ (error).message }));
  }
  return { workflow: await readValue(value, name, definitions), remark: "" };
}

/**
 * @param {any} value
 * @param {string} name
 * @param {NodeDefinitions} definitions
 * @returns {Promise<Workflow>}
 * @throws {OpeningError}
 */
export async function readValue(value, name, definitions) {
  if (isWorkflow(value)) {
    const damage = findDamage(value);
    if (damage) throw new OpeningError(say("open.damaged", { name, damage }));
    return settleByName(await withoutGroups(value, definitions), definitions);
  }
  const { fromPrompt, isPrompt } = await import("../kernels/from_prompt.js");
  if (isPrompt(value)) return fromPrompt(value, definitions);
  if (isPrompt(value?.prompt)) return fromPrompt(value.prompt, definitions);
  throw new OpeningError(say("open.neither", { name }));
}

/** The workflow with subgraphs in place of old group nodes, which few still have. @param {Workflow} workflow @param {NodeDefinitions} definitions */
async function withoutGroups(workflow, definitions) {
  if (!workflow.extra?.groupNodes) return workflow;
  const { withoutGroupNodes } = await import("../kernels/group_nodes.js");
  return withoutGroupNodes(workflow, definitions);
}

/**
 * @param {string} text
 * @param {string} name
 * @param {NodeDefinitions} definitions
 * @returns {Promise<Opened | null>}
 */
async function rebuild(text, name, definitions) {
  const { fromParameters } = await import("../kernels/from_a1111.js");
  const rebuilt = fromParameters(text, definitions);
  if (!rebuilt) return null;
  const { fromPrompt } = await import("../kernels/from_prompt.js");
  const { prompt, problems } = rebuilt;
  const remark = problems.length ? say("open.rebuilt-partly", { name, problems: problems.join(" · ") }) : say("open.rebuilt", { name });
  return { workflow: fromPrompt(prompt, definitions), remark };
}
