// Commands that go from one open workflow to another, and what follows from showing another.
import { settleByName, withNames } from "../kernels/named_values.js";
import { say } from "../texts/texts.js";
import { holdingKeys } from "../view/held_keys.js";
import { save } from "./save.js";
/** @import {Tab} from "../document/tab.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Command} from "./registry.js" */

/** @param {Editor} editor @returns {Command[]} */
export function tabCommands(editor) {
  const isMany = () => editor.tabs.list.value.length > 1;
  return [
    { id: "next-tab", section: "View", keys: ["Alt+PageDown"], worksInText: true, enabled: isMany, run: () => editor.tabs.step(1) },
    { id: "previous-tab", section: "View", keys: ["Alt+PageUp"], worksInText: true, enabled: isMany, run: () => editor.tabs.step(-1) },
    { id: "close-tab", section: "File", keys: ["Alt+W"], worksInText: true, run: () => closeTab(editor, editor.tabs.active.value) },
  ];
}

/** Close a tab; one with changes is saved first, or given up, as the person says. @param {Editor} editor @param {Tab} tab @returns {Promise<boolean>} whether it is closed */
export async function closeTab(editor, tab) {
  if (tab.isModified && tab.workflow.nodes.length) {
    const { choose } = await holdingKeys(import("../panels/dialog.js"));
    const ways = [{ label: say("tabs.close-anyway"), value: "discard" }, { label: say("tabs.close-saved"), value: "save" }];
    const way = await choose({ title: say("command.close-tab"), message: say("tabs.close-changed", { name: tab.name }), ways });
    if (way === "save" && tab !== editor.tabs.active.value) editor.tabs.show(tab);
    if (!way || (way === "save" && !(await save(editor)))) return false;
  }
  editor.tabs.close(tab);
  return true;
}

/**
 * Keep selection, cards and view with the tab that is shown.
 * @param {Editor} editor
 * @param {Stage} stage
 */
export function attachTabs(editor, stage) {
  const tellNotices = () => editor.notices.showTab(editor.tabs.active.value.id, editor.tabs.list.value.map((tab) => tab.id));
  tellNotices();
  editor.tabs.list.subscribe((tabs) => {
    editor.runs.keep(tabs.flatMap((tab) => tab.workflow.id ?? []));
    tellNotices();
  });
  editor.tabs.active.subscribe((tab) => {
    tellNotices();
    editor.select([]);
    editor.runs.show(tab.workflow.id ?? "");
    if (tab.view) stage.viewport.value = tab.view;
    else stage.fit();
  });
  stage.viewport.subscribe((view) => {
    editor.tabs.active.value.view = view;
  });
  let before = editor.definitions.value;
  editor.definitions.subscribe((definitions) => {
    for (const tab of editor.tabs.list.value) settle(editor, tab, before);
    before = definitions;
  });
}

/**
 * Put a tab's values where newly read declarations have them.
 * @param {Editor} editor
 * @param {Tab} tab
 * @param {import("../document/types.js").NodeDefinitions} before the declarations until now
 */
function settle(editor, tab, before) {
  const settled = settleByName(withNames(tab.workflow, before), editor.definitions.value);
  const isMoved = settled.nodes.some((node, index) => node.widgets_values !== tab.workflow.nodes[index].widgets_values);
  if (!isMoved) return;
  tab.history.push(settled, say("history.settled"));
  if (tab === editor.tabs.active.value) editor.document.show(tab);
}

