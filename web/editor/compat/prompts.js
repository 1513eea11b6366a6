// The prompt with what packs' scripts have a say in: values that they make, and widgets that they added.
import { isFlat, toPrompt } from "../kernels/conversion.js";
import { hasVirtual, withoutVirtual } from "./virtual_links.js";
/** @import {Prompt, Workflow} from "../document/types.js" */
/** @import {PackApp} from "./app.js" */
/** @import {PackGraph} from "./graph.js" */
/** @import {PackNode} from "./node.js" */
/** @import {PackWidget} from "./node_widgets.js" */

/** A widget, and the nodes of a prompt that its value goes to: one for each time that its subgraph is used. @typedef {{ids: string[], node: PackNode, widget: PackWidget, index: number}} Sent */

/** Whether the prompt is other than what the page makes of the workflow alone. @param {PackApp} app @param {Workflow} workflow */
export function isMadeByScripts(app, workflow) {
  return Object.hasOwn(app, "graphToPrompt") || hasVirtual(app) || sentByScripts(app.graph, isFlat(workflow)).length > 0;
}

/**
 * The prompt of the open workflow.
 * @param {PackApp} app
 * @returns {Promise<Prompt>}
 */
export async function promptBy(app) {
  const { editor, graph, blame } = app;
  const workflow = hasVirtual(app) ? withoutVirtual(app) : editor.document.workflow;
  const isSimple = isFlat(workflow);
  const output = isSimple ? toPrompt(workflow, editor.definitions.value) : await editor.server.converted(workflow);
  for (const { ids, node, widget, index } of sentByScripts(graph, isSimple)) {
    // What a link feeds is no value.
    const targets = ids.flatMap((id) => output[id]?.inputs ?? []).filter((inputs) => !Array.isArray(inputs[widget.name]));
    if (!targets.length) continue;
    const made = typeof widget.serializeValue === "function" ? await blame.guard(node.comfyClass, "serializeValue", async () => widget.serializeValue?.(node, index)) : widget.value;
    const value = Array.isArray(made) ? { __value__: made } : made;
    for (const inputs of targets) inputs[widget.name] = value;
  }
  return output;
}

/** @param {PackGraph} graph @param {boolean} isSimple whether the page converts the workflow itself, and knows what was added @returns {Sent[]} */
function sentByScripts(graph, isSimple) {
  const isOwn = (/** @type {PackWidget} */ widget) => widget.declared.sends && (typeof widget.serializeValue === "function" || (!isSimple && (widget.declared.isAdded || widget.declared.options.isMade)));
  return runNodes(graph).flatMap(({ node, ids }) => node.widgets.flatMap((widget, index) => (isOwn(widget) ? [{ ids, node, widget, index }] : [])));
}

/** The nodes of the workflow and of its subgraphs, with the names that they have in a run. @param {PackGraph} graph */
function runNodes(graph) {
  /** @type {Map<PackNode, string[]>} */
  const found = new Map();
  const walk = (/** @type {PackGraph} */ inner, /** @type {string} */ path) => {
    for (const node of inner.nodes) {
      const { subgraph } = node;
      if (subgraph && subgraph !== inner) walk(subgraph, `${path}${node.key}:`);
      else found.set(node, [...(found.get(node) ?? []), path + node.key]);
    }
  };
  walk(graph, "");
  return [...found].map(([node, ids]) => ({ node, ids }));
}
