// What to do where a file stands that saving would replace.
import { openText } from "../document/opening.js";
import { choose } from "../panels/dialog.js";
import { say } from "../texts/files.js";
import { nameOfFile, openWith } from "./open_with.js";
import { saveAs } from "./save.js";
/** @import {Editor} from "../editor.js" */

/**
 * Whether the file is to be replaced. One that was changed elsewhere can be looked at, and this one saved beside it.
 * @param {Editor} editor
 * @param {string} path
 * @param {boolean} isChanged whether it was this workflow's file, and is another's now
 */
export async function replacing(editor, path, isChanged) {
  const others = [{ label: say("file.look-at-it"), value: "look" }, { label: say("command.save-as"), value: "beside" }];
  const ways = [...(isChanged ? others : []), { label: say("file.replace"), value: "replace" }];
  const message = say(isChanged ? "file.changed-elsewhere" : "file.exists", { name: path });
  const way = await choose({ title: say("file.save-title"), message, ways });
  if (way === "look") await openWith(editor, nameOfFile(path), async () => openText(await editor.store.read(path), path, editor.definitions.value));
  if (way === "beside") await saveAs(editor);
  return way === "replace";
}
