// Opening a workflow in a tab of its own, from wherever it is read.
import { OpeningError } from "../document/opening.js";
import { OPENED, OPENING } from "../panels/notices.js";
/** @import {Opened} from "../document/opening.js" */
/** @import {Editor} from "../editor.js" */

/**
 * Open what a source gives, in a tab of its own.
 * @param {Editor} editor
 * @param {string} name of the tab
 * @param {() => Promise<Opened | null>} read null where there was something else to be done with it
 * @param {import("../document/tab.js").TabStart} [start]
 */
export async function openWith(editor, name, read, start) {
  try {
    await editor.ready;
    const opened = await read();
    if (!opened) return;
    const { workflow, remark } = opened;
    editor.tabs.open(workflow, name, start);
    editor.notices.withdraw(OPENING);
    if (remark) editor.notices.show(remark, "info", undefined, OPENED);
  } catch (error) {
    if (!(error instanceof OpeningError)) throw error;
    editor.notices.show(error.message, "error", undefined, OPENING);
  }
}

/** A file's name as its tab shows it. @param {string} path @returns {string} without its folder and its ending */
export function nameOfFile(path) {
  return path.replace(/^.*\//, "").replace(/(\.api)?\.[^.]+$/, "");
}
