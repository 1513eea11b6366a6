// The earlier versions of a saved workflow: each opens in a tab of its own, or takes the present one's place.
import { nameOfFile, openWith } from "../commands/open_with.js";
import { parseJson } from "../document/json.js";
import { openText } from "../document/opening.js";
import { versionChanges } from "../kernels/version_changes.js";
import { say } from "../texts/files.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";
import { guarded, when } from "./file_rows.js";
/** @import {Stored} from "../client/workflow_store.js" */
/** @import {Workflow} from "../document/types.js" */
/** @import {VersionChanges} from "../kernels/version_changes.js" */
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
    list.replaceChildren(...versions.map((version) => row(version, () => open(version.path), () => goBack(version.path))));
    sayChanges(list, editor, path);
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

/**
 * Say of each row that comes into view how large that version is, and what was changed since: one file after the other.
 * @param {HTMLElement} list
 * @param {Editor} editor
 * @param {string} path
 */
function sayChanges(list, editor, path) {
  const read = async (/** @type {Promise<string>} */ text) => /** @type {Workflow} */ (parseJson(await text));
  /** @type {Promise<Workflow> | undefined} */
  let present;
  let last = Promise.resolve();
  const tell = async (/** @type {HTMLElement} */ shown) => {
    if (!list.isConnected) return;
    present ??= read(editor.store.read(path));
    const [before, now] = [await read(editor.store.readVersion(path, shown.dataset.version ?? "")), await present];
    shown.querySelector("small")?.replaceChildren(inWords(versionChanges(before, now)));
  };
  const watching = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      watching.unobserve(target);
      // A version that cannot be read says so once it is opened.
      last = last.then(() => tell(/** @type {HTMLElement} */ (target))).catch(() => {});
    }
  });
  for (const shown of list.querySelectorAll("li[data-version]")) watching.observe(shown);
}

/** @param {VersionChanges} changes */
function inWords({ nodes, added, removed, changed }) {
  const since = added + removed + changed ? say("files.changed-since", { added, removed, changed }) : say("files.unchanged-since");
  return `${say("files.nodes", { count: nodes })} · ${since}`;
}

/** @param {Stored} version @param {() => void} open @param {() => void} goBack */
function row({ path, modified }, open, goBack) {
  return element(
    "li",
    { "data-version": path },
    element("span", { class: "file-name" }, when(modified, "medium"), element("small", {}, "…")),
    element("button", { type: "button", class: "button", onclick: open }, say("file.open-button")),
    element("button", { type: "button", class: "button", onclick: goBack }, say("files.go-back")),
  );
}
