// Which texts on cards are prompts that a text encoder reads, and how their length is written.
import { linksById, findNode } from "../document/workflow.js";
import { expandPrompt } from "./dynamic_prompt.js";
/** @import {NodeDefinitions, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Widget} from "./schema.js" */

/** @typedef {{tokens: number, chunks: number, tokens_per_chunk: number, missing_embeddings?: string[]}} TokenCount `missing_embeddings`: named, but not there */

const TEXT_TYPES = ["STRING", "*"];

/**
 * Whether a widget holds the words of a prompt: a text of several lines on a node that takes a text encoder, or on one
 * whose text goes to such a node.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {Widget} widget
 * @param {NodeDefinitions} definitions
 */
export function isPromptText(workflow, node, widget, definitions) {
  if (widget.kind !== "text" || !widget.sends || !widget.options.multiline) return false;
  return Boolean(widget.options.dynamicPrompts) || takesEncoder(node, definitions) || feedsEncoder(workflow, node, definitions);
}

/**
 * The text whose tokens are counted: of each {this|that} the first.
 * @param {Widget} widget
 * @param {any} value
 */
export function countedText(widget, value) {
  const text = String(value ?? "");
  return widget.options.dynamicPrompts ? expandPrompt(text, () => 0) : text;
}

/** The length in figures: tokens of the room that their chunks have. @param {TokenCount} count */
export function lengthInFigures({ tokens, chunks, tokens_per_chunk }) {
  return `${tokens} / ${chunks * tokens_per_chunk}`;
}

/** @param {WorkflowNode} node @param {NodeDefinitions} definitions */
function takesEncoder(node, definitions) {
  const { required = {}, optional = {} } = definitions[node.type]?.input ?? {};
  return [...Object.values(required), ...Object.values(optional), ...(node.inputs ?? []).map((slot) => [slot.type])].some(([type]) => type === "CLIP");
}

/** @param {Workflow} workflow @param {WorkflowNode} start @param {NodeDefinitions} definitions */
function feedsEncoder(workflow, start, definitions) {
  const links = linksById(workflow);
  const reached = new Set([start]);
  for (const node of reached) {
    for (const slot of node.outputs ?? []) {
      if (!TEXT_TYPES.includes(String(slot.type))) continue;
      for (const id of slot.links ?? []) {
        const link = links.get(id);
        const target = link && findNode(workflow, link.to);
        if (target && takesEncoder(target, definitions)) return true;
        if (target) reached.add(target);
      }
    }
  }
  return false;
}
