// What the cards of subgraphs, and those inside one, can do: show values outside, name and remove slots, take names.
import { setTitle } from "../document/edits.js";
import { changeGraph, findDefinition } from "../document/scopes.js";
import { findNode } from "../document/workflow.js";
import { labelBoxSlot, removeBoxSlot } from "../kernels/box_slots.js";
import { wordsOf } from "../kernels/dynamic_inputs.js";
import { faceOf } from "../kernels/faces.js";
import { isPromoted, togglePromoted } from "../kernels/promotion.js";
import { withSubgraphName } from "../kernels/subgraph_names.js";
import { say } from "../texts/texts.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */

/**
 * Show a widget of a node inside on the node that was opened, or show it there no longer.
 * @param {Editor} editor
 * @param {string} id
 * @param {string} widget
 */
export function promoteWidget(editor, id, widget) {
  const { scope } = editor.document;
  const [inner, outer] = [scope.value.at(-1), scope.value.at(-2)];
  if (!inner) return;
  editor.document.editWhole("Show widget outside", (workflow) => changeGraph(workflow, outer?.definition, (graph) => togglePromoted(graph, inner.host, id, widget)));
}

/** @param {Editor} editor @param {string} box @param {number} index */
export function removeSlot(editor, box, index) {
  editor.document.edit("Remove slot", (graph) => removeBoxSlot(graph, box, index));
}

/** @param {Editor} editor @param {string} box @param {number} index @param {string} label */
export function labelSlot(editor, box, index, label) {
  editor.document.edit("Name slot", (graph) => labelBoxSlot(graph, box, index, label));
}

/**
 * What can be done with a value of an opened subgraph, for the context menu.
 * @param {Editor} editor
 * @param {string} id of its card
 * @param {string} name
 * @returns {{label: string, run: () => void}[]}
 */
export function promotionActions(editor, id, name) {
  const { openedHost: host, document: open, definitions } = editor;
  const node = findNode(open.graph, id);
  const widget = host && node && faceOf(open.graph, node, definitions.value).widgets.find((item) => item.name === name && item.sends);
  if (!widget) return [];
  const label = say(isPromoted(host, id, name) ? "subgraph.demote" : "subgraph.promote", { name: widget.options.label ?? wordsOf(name) });
  return [{ label, run: () => promoteWidget(editor, id, name) }];
}

/**
 * Give a subgraph another name; its nodes without a title of their own show it.
 * @param {Editor} editor
 * @param {string} id of the definition
 * @param {string} name
 */
export function renameSubgraph(editor, id, name) {
  if (name) editor.document.editWhole("Rename subgraph", (workflow) => withSubgraphName(workflow, id, name));
}

/**
 * Give a node a title. The subgraph that it is gets the same name, where it has none of its own yet or no other node is it.
 * @param {Editor} editor
 * @param {string} id
 * @param {string} title nothing brings the name of its class back
 */
export function renameNode(editor, id, title) {
  const { document: open, definitions } = editor;
  const node = findNode(open.graph, id);
  const definition = node && findDefinition(open.workflow, node.type);
  if (!node) return;
  const isShown = faceOf(open.graph, node, definitions.value).title === definition?.name;
  const isFollowed = definition && title && (definition.name === say("subgraph.new") || (isShown && isAlone(open.workflow, definition.id)));
  const scope = open.scope.value.at(-1)?.definition;
  open.editWhole("Rename", (workflow) => {
    const named = isFollowed ? withSubgraphName(workflow, definition.id, title) : workflow;
    return changeGraph(named, scope, (graph) => setTitle(graph, id, title));
  });
}

/** Whether no more than one node is this subgraph. @param {Workflow} workflow @param {string} id */
function isAlone(workflow, id) {
  const graphs = [workflow, ...(workflow.definitions?.subgraphs ?? [])];
  return graphs.flatMap(({ nodes = [] }) => nodes.filter((node) => node.type === id)).length <= 1;
}
