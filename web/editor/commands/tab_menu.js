// The menu of the right button on a tab.
import { newId } from "../document/ids.js";
import { openOwnMenu } from "../panels/context_menu.js";
import { say } from "../texts/files.js";
import { save, saveAs } from "./save.js";
import { closeTab } from "./tabs.js";
/** @import {Tab} from "../document/tab.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Item} from "../panels/context_menu.js" */

/**
 * @param {HTMLElement} root
 * @param {Editor} editor
 * @param {Tab} tab
 * @param {() => void} rename lets its name be typed over
 * @param {{x: number, y: number}} at
 */
export function openTabMenu(root, editor, tab, rename, at) {
  openOwnMenu(root, [{ heading: tab.name, items: tabItems(editor, tab, rename) }], at);
}

/** Close several, until one is kept. @param {Editor} editor @param {readonly Tab[]} some */
async function closeAll(editor, some) {
  for (const tab of some) if (!(await closeTab(editor, tab))) return;
}

/**
 * @param {Editor} editor
 * @param {Tab} tab
 * @param {() => void} rename
 * @returns {Item[]}
 */
function tabItems(editor, tab, rename) {
  const { list, active } = editor.tabs;
  const shown = (/** @type {(editor: Editor) => any} */ run) => () => {
    if (tab !== active.value) editor.tabs.show(tab);
    void run(editor);
  };
  const at = list.value.indexOf(tab);
  return [
    { label: say("command.save"), run: shown(save) },
    { label: say("command.save-as"), run: shown(saveAs) },
    { label: say("tabs.rename"), run: rename },
    { label: say("tabs.duplicate"), run: () => editor.tabs.open({ ...tab.workflow, id: newId() }, tab.name) },
    { label: say("command.close-tab"), run: () => closeTab(editor, tab) },
    { label: say("tabs.close-others"), enabled: () => list.value.length > 1, run: () => closeAll(editor, list.value.filter((other) => other !== tab)) },
    { label: say("tabs.close-right"), enabled: () => at < list.value.length - 1, run: () => closeAll(editor, list.value.slice(at + 1)) },
  ];
}
