// Saving workflows on the server, at a command or by itself after a while.
import { RequestError } from "../client/server.js";
import { writeJson } from "../document/json.js";
import { withNames } from "../kernels/named_values.js";
import { SAVING } from "../panels/notices.js";
import { say } from "../texts/texts.js";
import { holdingKeys } from "../view/held_keys.js";
/** @import {Tab} from "../document/tab.js" */
/** @import {Editor} from "../editor.js" */

const CONFLICT = 409;

/**
 * The workflow of a tab as files hold it.
 * @param {Editor} editor
 * @param {Tab} tab
 */
export function savedText(editor, tab) {
  return writeJson(withNames(tab.workflow, editor.definitions.value), 2);
}

/** Save the shown workflow where it is stored, or where the person says. @param {Editor} editor */
export async function save(editor) {
  const tab = editor.tabs.active.value;
  return tab.file ? tell(editor, tab, Boolean(await storeOrSay(editor, tab, tab.file.path))) : saveAs(editor);
}

/** Save the shown workflow under a name that the person gives. @param {Editor} editor */
export async function saveAs(editor) {
  const tab = editor.tabs.active.value;
  const [{ askText }, { fileOf, nameProblem }] = await holdingKeys(Promise.all([import("../panels/dialog.js"), import("../kernels/workflow_names.js")]));
  const value = tab.file?.path.replace(/\.json$/, "") ?? tab.name;
  /** @param {string} name */
  const accept = async (name) => {
    const path = fileOf(name);
    const problem = nameProblem(name);
    if (problem) return problem;
    try {
      return (await store(editor, tab, path, path !== tab.file?.path)) ? "" : say("file.other-name", { name: path });
    } catch (error) {
      return say("file.not-saved", { problem: /** @type {Error} */ (error).message });
    }
  };
  const name = await askText({ title: say("file.save-title"), label: say("file.save-name"), value, button: say("file.save-button"), accept });
  return tell(editor, tab, Boolean(name));
}

/** Say where it is now. @param {Editor} editor @param {Tab} tab @param {boolean} isSaved */
function tell(editor, tab, isSaved) {
  if (isSaved && tab.file) editor.notices.show(say("file.saved", { name: tab.file.path.replace(/\.json$/, "") }), "info", undefined, SAVING);
  return isSaved;
}

/** Whether it is saved, or null where that cannot be and is said. @param {Editor} editor @param {Tab} tab @param {string} path */
async function storeOrSay(editor, tab, path) {
  try {
    return await store(editor, tab, path);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    editor.notices.show(say("file.not-saved", { problem: error.message }), "error", undefined, SAVING);
    return null;
  }
}

/**
 * Save what is stored already whenever it has changed and the setting says so.
 * @param {Editor} editor
 */
export function attachAutosave(editor) {
  let timer = 0;
  // Files that somebody else has changed and that were not to be replaced: asked once, and then left to who saves by hand.
  const left = new WeakSet();
  /** @param {Tab} tab */
  const saveIt = async (tab) => {
    const { file } = tab;
    if (!file || !tab.isModified || left.has(file)) return;
    if ((await storeOrSay(editor, tab, file.path)) === false) left.add(file);
  };
  editor.document.current.subscribe(() => {
    clearTimeout(timer);
    if (!editor.settings.get("skein.autosave")) return;
    const tab = editor.tabs.active.value;
    timer = window.setTimeout(() => saveIt(tab), 1000 * editor.settings.get("skein.autosaveSeconds"));
  });
}

/**
 * @param {Editor} editor
 * @param {Tab} tab
 * @param {string} path
 * @param {boolean} [isNew] whether no file may be there
 * @returns {Promise<boolean>} whether it is saved there
 * @throws {RequestError} where it cannot be
 */
async function store(editor, tab, path, isNew = false) {
  if (tab === editor.tabs.active.value) editor.gather();
  const { workflow } = tab;
  const text = savedText(editor, tab);
  const options = isNew ? { overwrite: false } : { overwrite: true, seen: tab.file?.modified };
  const stored = await write(editor, path, text, options);
  if (!stored) return false;
  tab.file = { path, modified: stored.modified };
  tab.saved = workflow;
  editor.tabs.renamed(tab, path.replace(/\.json$/, "").replace(/^.*\//, ""));
  editor.notices.withdraw(SAVING);
  return true;
}

/**
 * @param {Editor} editor
 * @param {string} path
 * @param {string} text
 * @param {{overwrite: boolean, seen?: number}} options
 * @returns {Promise<import("../client/workflow_store.js").Stored | null>} null where the person would not replace what is there
 */
async function write(editor, path, text, options) {
  try {
    return await editor.store.write(path, text, options);
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== CONFLICT) throw error;
  }
  const { replacing } = await holdingKeys(import("./replacing.js"));
  return (await replacing(editor, path, options.overwrite)) ? write(editor, path, text, { overwrite: true }) : null;
}
