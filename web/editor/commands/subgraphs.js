// Commands for subgraphs: make one of the selection, open, leave, unpack, keep.
import { closeGraph, findDefinition, openGraph } from "../document/scopes.js";
import { findNode } from "../document/workflow.js";
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

/** @param {Workflow} graph @param {string} id */
function isHost(graph, id) {
  return findDefinition(graph, findNode(graph, id)?.type ?? "") !== undefined;
}
