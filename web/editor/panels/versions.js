// The earlier versions of a saved workflow: each opens in a tab of its own, or takes the present one's place.
import { nameOfFile, openWith } from "../commands/open_with.js";
import { openText } from "../document/opening.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";
import { guarded, when } from "./file_rows.js";
/** @import {Editor} from "../editor.js" */

/** @param {Editor} editor @param {string} path */
export async function openVersions(editor, path) {
  const list = element("ul", {});
  const content = element("div", { class: "panel files" }, list);
  const name = path.replace(/\.json$/, "");
  const dialog = openDialog(say("files.versions-of", { name }), content);
  const read = async (/** @type {string} */ version) => openText(await editor.store.readVersion(path, version), path, editor.definitions.value);
  const show = guarded(editor, async () => {
    const versions = await editor.store.versions(path);
    list.replaceChildren(...versions.map((version) => row(version.modified, () => open(version.path), () => goBack(version.path))));
    if (!versions.length) list.append(element("li", { class: "empty" }, say("files.no-versions")));
  });
  const open = guardedBy((version) => {
    dialog.close();
    return openWith(editor, `${name} (${say("files.version")})`, () => read(version));
  });
  const goBack = guardedBy(async (version) => {
    dialog.close();
    const { workflow } = await read(version);
    const tab = editor.tabs.ofFile(path);
    if (!tab) return openWith(editor, nameOfFile(path), () => read(version), { file: { path, modified: 0 }, isModified: true });
    editor.tabs.show(tab);
    // Its runs are still known by the id that it has here.
    editor.document.editWhole(say("files.go-back"), ({ id }) => ({ ...workflow, id }));
  });
  /** @param {(version: string) => Promise<any>} run @returns {(version: string) => void} */
  function guardedBy(run) {
    return (version) => void guarded(editor, () => run(version))();
  }
  await show();
}

/** @param {number} time @param {() => void} open @param {() => void} goBack */
function row(time, open, goBack) {
  return element(
    "li",
    {},
    element("span", { class: "file-name" }, when(time)),
    element("button", { type: "button", class: "button", onclick: open }, say("file.open-button")),
    element("button", { type: "button", class: "button", onclick: goBack }, say("files.go-back")),
  );
}
