// Commands that change the workflow or the selection.
import { dropLinks, removeNodes, toggleCollapsed, toggleMode } from "../document/edits.js";
import { removeBend } from "../document/reroutes.js";
import { nodesById } from "../document/workflow.js";
import { copyNodes, pasteNodes, wouldHoldItself } from "../kernels/copying.js";
import { changeGroup, groupsOf, heldWith, moveHeld } from "../kernels/groups.js";
import { removeAndHeal } from "../kernels/healing.js";
import { say } from "../texts/texts.js";
import { showScope } from "./subgraphs.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Command} from "./registry.js" */

const MUTE = 2;
const BYPASS = 4;
const NUDGE = 10;

/** @param {Editor} editor @param {Stage} stage @returns {Command[]} */
export function historyCommands({ document: open }, stage) {
  return [
    {
      id: "undo",
      section: "Edit",
      keys: ["Ctrl+Z"],
      worksInText: true,
      enabled: () => open.history.canUndo,
      run: () => stepping(stage, () => open.undo()),
    },
    {
      id: "redo",
      section: "Edit",
      keys: ["Ctrl+Y", "Ctrl+Shift+Z"],
      worksInText: true,
      enabled: () => open.history.canRedo,
      run: () => stepping(stage, () => open.redo()),
    },
  ];
}

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @returns {Command[]}
 */
export function editCommands(editor, stage) {
  const open = editor.document;
  const isAnySelected = () => editor.selection.value.size > 0;
  const onSelected = (/** @type {string} */ label, /** @type {(w: import("../document/types.js").Workflow, ids: ReadonlySet<string>) => import("../document/types.js").Workflow} */ change) =>
    open.edit(label, (workflow) => change(workflow, editor.selection.value));
  return [
    {
      id: "duplicate",
      label: "Duplicate",
      section: "Edit",
      keys: ["D"],
      enabled: isAnySelected,
      run: () => duplicate(editor, stage, false),
    },
    {
      id: "duplicate-linked",
      section: "Edit",
      keys: ["Ctrl+Shift+D"],
      enabled: isAnySelected,
      run: () => duplicate(editor, stage, true),
    },
    {
      id: "delete",
      label: "Delete",
      section: "Edit",
      keys: ["Delete", "Backspace"],
      enabled: () => isAnySelected() || [editor.selectedLink, editor.selectedGroup, editor.selectedBend].some(({ value }) => value !== null),
      run: () => deleteSelected(editor),
    },
    {
      id: "clear",
      section: "Edit",
      keys: ["Ctrl+Backspace", "Ctrl+Delete"],
      enabled: () => nodesById(open.graph).size > 0,
      run: () => open.edit("Clear", (graph) => removeNodes({ ...graph, groups: [] }, new Set(nodesById(graph).keys()))),
    },
    {
      id: "select-all",
      label: "Select all",
      section: "Edit",
      keys: ["Ctrl+A"],
      run: () => editor.select(nodesById(open.graph).keys()),
    },
    { id: "select-none", label: "Select nothing", keys: ["Escape"], run: () => selectNoneOrLeave(editor, stage) },
    {
      id: "mute",
      label: "Mute or unmute",
      section: "Node",
      keys: ["Ctrl+M"],
      enabled: isAnySelected,
      run: () => onSelected("Mute", (workflow, ids) => toggleMode(workflow, ids, MUTE)),
    },
    {
      id: "bypass",
      label: "Bypass or restore",
      section: "Node",
      keys: ["Ctrl+B"],
      enabled: isAnySelected,
      run: () => onSelected("Bypass", (workflow, ids) => toggleMode(workflow, ids, BYPASS)),
    },
    {
      id: "collapse",
      label: "Collapse or open",
      section: "Node",
      keys: ["Alt+C"],
      enabled: isAnySelected,
      run: () => onSelected("Collapse", toggleCollapsed),
    },
    { id: "rename", section: "Node", keys: ["F2"], enabled: () => editor.selection.value.size === 1, run: () => stage.renameCard([...editor.selection.value][0]) },
    ...nudges(editor, stage),
    { id: "enter-card", label: "Edit the selected card", keys: ["Enter"], enabled: isAnySelected, run: () => enterCard(editor, stage) },
  ];
}

/** The opened subgraph is left; in the workflow itself nothing is selected afterwards. @param {Editor} editor @param {Stage} stage */
function selectNoneOrLeave(editor, stage) {
  const scope = editor.document.scope.value;
  if (scope.length) showScope(editor, stage, scope.slice(0, -1));
  else editor.select([]);
}

/** Where a step of the history is in another subgraph, all of that is shown. @param {Stage} stage @param {() => void} step */
function stepping(stage, step) {
  const { scope } = stage.editor.document;
  const before = scope.value;
  step();
  if (scope.value !== before) stage.fit();
}

/** What is selected as text, with its groups. @param {Editor} editor @param {Stage} stage */
export function copySelected({ shownGraph, selection, selectedGroup }, stage) {
  return copyNodes(shownGraph, selection.value, groupsOf(stage.scene, selection.value, selectedGroup.value));
}

/** Copy what is selected a little aside. @param {Editor} editor @param {Stage} stage @param {boolean} isLinked */
function duplicate(editor, stage, isLinked) {
  paste(editor, copySelected(editor, stage), null, isLinked);
  stage.takeFocus(editor.selection.value);
}

/**
 * Paste copied nodes and select them.
 * @param {Editor} editor
 * @param {string} text
 * @param {{x: number, y: number} | null} at where their upper left corner goes; null: a little beside the originals
 * @param {boolean} [isLinked] whether what fed the originals feeds the pasted nodes too
 * @returns {boolean} whether the text held nodes
 */
export function paste(editor, text, at, isLinked = false) {
  if (wouldHoldItself(editor.document.graph, text)) {
    editor.notices.show(say("subgraph.inside-itself"), "error");
    return true;
  }
  const pasted = pasteNodes(editor.document.graph, text, at, isLinked);
  if (!pasted) return false;
  editor.document.edit("Paste", () => pasted.workflow);
  editor.select(pasted.ids);
  return true;
}

/** @param {Editor} editor */
export function deleteSelected(editor) {
  const bend = editor.selectedBend.value;
  if (bend !== null) return editor.document.edit("Remove reroute", (workflow) => removeBend(workflow, bend));
  const link = editor.selectedLink.value;
  if (link !== null) {
    editor.selectedLink.value = null;
    editor.document.edit("Delete link", (workflow) => dropLinks(workflow, new Set([link])));
    return;
  }
  const group = editor.selectedGroup.value;
  editor.document.edit("Delete", (workflow) => {
    const ungrouped = group === null ? workflow : changeGroup(workflow, group, null);
    return removeAndHeal(ungrouped, editor.selection.value, editor.definitions.value);
  });
}

/** @param {Editor} editor @param {Stage} stage */
function enterCard(editor, stage) {
  const [id] = editor.selection.value;
  stage.focusCard(id);
  const card = document.activeElement?.closest(".card");
  const fields = [.../** @type {NodeListOf<HTMLElement>} */ (card?.querySelectorAll("input:not([type=file]), textarea, select, .markdown") ?? [])];
  const field = fields.find(({ hidden }) => !hidden);
  field?.focus();
  if (field?.classList.contains("markdown")) field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }));
}

/** @param {Editor} editor @param {Stage} stage @returns {Command[]} */
function nudges(editor, stage) {
  const directions = { Left: [-1, 0], Right: [1, 0], Up: [0, -1], Down: [0, 1] };
  return Object.entries(directions).map(([name, [x, y]]) => ({
    id: `nudge-${name.toLowerCase()}`,
    label: `Move ${name.toLowerCase()}`,
    keys: [`Arrow${name}`],
    enabled: () => editor.selection.value.size > 0,
    run: () =>
      editor.document.edit(
        "Move",
        (workflow) => moveHeld(workflow, heldWith(stage.scene, editor.selection.value, editor.selectedGroup.value), { x: x * NUDGE, y: y * NUDGE }),
        "nudge",
      ),
  }));
}

