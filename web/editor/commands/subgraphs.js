// Commands for subgraphs: make one of the selection, open, leave, unpack; and what the cards inside one can do.
import { setTitle } from "../document/edits.js";
import { changeGraph, closeGraph, findDefinition, openGraph } from "../document/scopes.js";
import { findNode } from "../document/workflow.js";
import { labelBoxSlot, removeBoxSlot } from "../kernels/box_slots.js";
import { wordsOf } from "../kernels/dynamic_inputs.js";
import { faceOf } from "../kernels/faces.js";
import { isPromoted, togglePromoted } from "../kernels/promotion.js";
import { withSubgraphName } from "../kernels/subgraph_names.js";
import { say } from "../texts/texts.js";
import { holdingKeys } from "../view/held_keys.js";
/** @import {ScopeStep} from "../document/document.js" */
/** @import {Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Command} from "./registry.js" */

// Brought when their commands are first run.
/** @type {typeof import("../kernels/make_subgraph.js")} */
let making;
/** @type {typeof import("../kernels/moved_widgets.js")} */
let moved;
/** @type {typeof import("../kernels/unpack.js")} */
let unpacking;

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @returns {Command[]}
 */
export function subgraphCommands(editor, stage) {
  const { document: open } = editor;
  const chosenHost = () => [...editor.selection.value].find((id) => isHost(open.graph, id));
  return [
    {
      id: "make-subgraph",
      section: "Node",
      keys: ["Ctrl+Shift+E"],
      enabled: () => editor.selection.value.size > 0,
      load: async () => ([making, moved] = await Promise.all([import("../kernels/make_subgraph.js"), import("../kernels/moved_widgets.js")])),
      run: () => makeOfSelection(editor),
    },
    { id: "open-subgraph", section: "Node", keys: ["Alt+Enter"], enabled: () => Boolean(chosenHost()), run: () => openSubgraph(editor, stage, chosenHost() ?? "") },
    {
      id: "unpack-subgraph",
      section: "Node",
      enabled: () => Boolean(chosenHost()),
      load: async () => ([unpacking, moved] = await Promise.all([import("../kernels/unpack.js"), import("../kernels/moved_widgets.js")])),
      run: () => unpackSelected(editor),
    },
    { id: "keep-subgraph", section: "Node", enabled: () => Boolean(chosenHost()), run: async () => (await holdingKeys(import("./offers.js"))).keepSubgraph(editor, chosenHost() ?? "") },
    { id: "leave-subgraph", section: "View", keys: ["Alt+ArrowUp"], enabled: () => open.scope.value.length > 0, run: () => showScope(editor, stage, open.scope.value.slice(0, -1)) },
  ];
}

/** @param {Editor} editor @param {Stage} stage @param {string} id of a node that is a subgraph */
export function openSubgraph(editor, stage, id) {
  const { document: open } = editor;
  const node = findNode(open.graph, id);
  if (!node || !isHost(open.graph, id)) return;
  showScope(editor, stage, [...open.scope.value, { host: id, definition: node.type }]);
}

/** @param {Editor} editor @param {Stage} stage @param {readonly ScopeStep[]} scope */
export function showScope(editor, stage, scope) {
  const left = editor.document.scope.value[scope.length];
  editor.document.scope.value = scope;
  if (left) editor.select([left.host]);
  stage.fit();
}

/** @param {Editor} editor */
function makeOfSelection(editor) {
  let id = "";
  const { document: open, selection } = editor;
  const inner = open.scope.value.at(-1);
  open.editWhole("Make subgraph", (workflow) => {
    const made = making.makeSubgraph(open.graph, selection.value, say("subgraph.new"));
    if (!made) return workflow;
    id = made.id;
    if (!inner) return made.workflow;
    return moved.showThrough(closeGraph(workflow, inner.definition, made.workflow), inner.definition, selection.value, id);
  });
  if (id) editor.select([id]);
}

/** @param {Editor} editor */
function unpackSelected(editor) {
  /** @type {string[]} */
  const ids = [];
  const inner = editor.document.scope.value.at(-1);
  editor.document.editWhole("Unpack subgraph", (workflow) => {
    let next = workflow;
    for (const host of editor.selection.value) {
      const graph = (inner && openGraph(next, inner.definition)) ?? next;
      const unpacked = unpacking.unpack(graph, host, editor.definitions.value);
      if (!unpacked) continue;
      ids.push(...unpacked.ids);
      next = inner ? closeGraph(next, inner.definition, unpacked.workflow) : unpacked.workflow;
      if (inner) next = moved.followWidgets(next, inner.definition, (id, name) => (id === host && unpacked.follow(name)) || [id, name]);
      next = unpacking.withoutUnused(next, findNode(graph, host)?.type ?? "");
    }
    return next;
  });
  editor.select(ids);
}

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

/** @param {Workflow} graph @param {string} id */
function isHost(graph, id) {
  return findDefinition(graph, findNode(graph, id)?.type ?? "") !== undefined;
}
