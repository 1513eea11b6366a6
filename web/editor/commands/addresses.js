// Opening a workflow or a picture by its address on this server.
import { OpeningError, openFile } from "../document/opening.js";
import { say } from "../texts/texts.js";
import { holdingKeys } from "../view/held_keys.js";
import { nameOfFile, openWith } from "./open_with.js";
/** @import {Editor} from "../editor.js" */

/** Ask for an address and open what is there. @param {Editor} editor */
export async function askAddress(editor) {
  const { askText } = await holdingKeys(import("../panels/dialog.js"));
  const title = say("command.open-address").replace("…", "");
  const address = await askText({ title, label: say("file.address"), value: "", button: say("file.open-button") });
  if (address) await openAddress(editor, address);
}

/** Fetch a file of this server that was dragged. @param {Editor} editor @param {string} address @param {(file: File) => any} take */
export async function fetchFile(editor, address, take) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) return editor.notices.show(say("file.nothing-there", { address }), "error");
  const content = await answer.blob();
  take(new File([content], new URL(address).searchParams.get("filename") ?? "picture", { type: content.type }));
}

/**
 * @param {Editor} editor
 * @param {string} address absolute, or relative to the page
 */
export function openAddress(editor, address) {
  const url = URL.canParse(address, location.href) ? new URL(address, location.href) : null;
  const name = url?.searchParams.get("filename") ?? decodeURIComponent(url?.pathname.split("/").pop() ?? "");
  return openWith(editor, nameOfFile(name || address), async () => {
    if (url?.origin !== location.origin) throw new OpeningError(say("file.own-server-only"));
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) throw new OpeningError(say("file.nothing-there", { address }));
    return openFile(new File([await answer.blob()], name || "file"), editor.definitions.value);
  });
}
