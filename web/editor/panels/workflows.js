// The saved workflows: folders, search, open, rename, earlier versions, and a trash that gives back.
import { openText } from "../document/opening.js";
import { nameOfFile, openWith } from "../commands/open_with.js";
import { fileOf, nameProblem, shortName } from "../kernels/workflow_names.js";
import { hasWords, wordsOf } from "../kernels/words.js";
import { say } from "../texts/files.js";
import { element } from "../view/dom.js";
import { askText, confirmThat, openDialog } from "./dialog.js";
import { guarded, when } from "./file_rows.js";
import { openVersions } from "./versions.js";
/** @import {Stored} from "../client/workflow_store.js" */
/** @import {Editor} from "../editor.js" */

/** @param {Editor} editor */
export async function openWorkflows(editor) {
  const search = element("input", { type: "search", class: "filter", "aria-label": say("files.search"), placeholder: say("files.search"), autocomplete: "off" });
  const list = element("div", { class: "files" });
  const trash = element("button", { type: "button", class: "button", "aria-pressed": "false" }, say("files.trash"));
  const dialog = openDialog(say("command.workflows").replace("…", ""), element("div", { class: "panel" }, search, list, element("footer", {}, trash)));
  const isTrash = () => trash.getAttribute("aria-pressed") === "true";
  let asked = 0;
  /** @type {(Stored & {original?: string})[] | null} */
  let files = null;
  const draw = () => {
    if (!files) return;
    const words = wordsOf(search.value);
    const shown = files.filter(({ path }) => hasWords(path, words));
    const rows = isTrash() ? trashRows(editor, shown, show) : folderRows(editor, shown, { show, close: () => dialog.close() });
    list.replaceChildren(...rows);
    if (!rows.length) list.append(element("p", { class: "empty" }, say(words.length ? "page.empty" : isTrash() ? "files.trash-empty" : "files.none")));
  };
  const show = guarded(editor, async () => {
    const turn = (asked += 1);
    files = null;
    const found = isTrash() ? await editor.store.trash() : await editor.store.list();
    // Of several that are asked for, only the last is still wanted.
    if (turn !== asked) return;
    files = found;
    draw();
  });
  trash.addEventListener("click", () => {
    trash.setAttribute("aria-pressed", String(!isTrash()));
    show();
  });
  search.addEventListener("input", draw);
  search.focus();
  await show();
}

/**
 * The files by folder, each folder a heading that folds.
 * @param {Editor} editor
 * @param {Stored[]} files
 * @param {{show: () => Promise<void>, close: () => void}} panel
 */
function folderRows(editor, files, panel) {
  /** @type {Map<string, Stored[]>} */
  const folders = new Map();
  for (const file of files) {
    const folder = file.path.includes("/") ? file.path.replace(/\/[^/]*$/, "") : "";
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  const sorted = [...folders].sort(([a], [b]) => a.localeCompare(b));
  return sorted.map(([folder, members]) => {
    const rows = members.map((file) => fileRow(editor, file, panel));
    if (!folder) return element("ul", {}, ...rows);
    return element("details", { open: true }, element("summary", {}, folder), element("ul", {}, ...rows));
  });
}

/**
 * @param {Editor} editor
 * @param {Stored} file
 * @param {{show: () => Promise<void>, close: () => void}} panel
 */
function fileRow(editor, file, { show, close }) {
  const name = file.path.replace(/\.json$/, "");
  const open = element("button", { type: "button", class: "file-name" }, name.replace(/^.*\//, ""), element("small", {}, when(file.modified)));
  open.addEventListener("click", () => {
    close();
    openStored(editor, file);
  });
  /** @param {string} to */
  const accept = async (to) => {
    const problem = to === name ? "" : nameProblem(to);
    if (problem || to === name) return problem;
    const path = fileOf(to);
    try {
      const stored = await editor.store.rename(file.path, path);
      const tab = editor.tabs.ofFile(file.path);
      if (tab) tab.file = { path, modified: stored.modified };
      if (tab) editor.tabs.renamed(tab, shortName(path));
    } catch (error) {
      return /** @type {Error} */ (error).message;
    }
    return "";
  };
  const rename = async () => {
    const to = await askText({ title: say("files.rename"), label: say("file.save-name"), value: name, button: say("files.rename"), accept });
    if (to && to !== name) await show();
  };
  const discard = async () => {
    await editor.store.discard(file.path);
    const tab = editor.tabs.ofFile(file.path);
    if (tab) {
      tab.file = null;
      tab.saved = null;
      editor.tabs.renamed(tab, tab.name);
    }
    await show();
  };
  return element(
    "li",
    { "data-path": file.path },
    open,
    tool(say("files.rename"), "✎", name, guarded(editor, rename)),
    tool(say("files.versions"), "⟲", name, () => openVersions(editor, file.path)),
    tool(say("files.delete"), "🗑", name, guarded(editor, discard)),
  );
}

/**
 * @param {Editor} editor
 * @param {(Stored & {original?: string})[]} files
 * @param {() => Promise<void>} show
 */
function trashRows(editor, files, show) {
  if (!files.length) return [];
  const rows = files.map((file) => {
    const original = file.original ?? file.path;
    const restore = guarded(editor, async () => {
      await editor.store.restore(file.path, original);
      await show();
    });
    const button = element("button", { type: "button", class: "button", onclick: restore }, say("files.restore"));
    return element("li", { "data-path": original }, element("span", { class: "file-name" }, original.replace(/\.json$/, ""), element("small", {}, when(file.modified))), button);
  });
  const empty = guarded(editor, async () => {
    const isSure = await confirmThat({ title: say("files.empty-trash"), message: say("files.empty-sure", { count: files.length }), button: say("files.empty-trash") });
    if (!isSure) return;
    await editor.store.empty(files.map((file) => file.path));
    await show();
  });
  return [element("ul", {}, ...rows), element("button", { type: "button", class: "button", onclick: empty }, say("files.empty-trash"))];
}

/** Open a stored workflow, or show the tab that has it open. @param {Editor} editor @param {Stored} file */
export function openStored(editor, file) {
  const tab = editor.tabs.ofFile(file.path);
  if (tab) return editor.tabs.show(tab);
  const read = async () => openText(await editor.store.read(file.path), file.path, editor.definitions.value);
  return openWith(editor, nameOfFile(file.path), read, { file: { path: file.path, modified: file.modified } });
}

/** @param {string} verb @param {string} sign @param {string} name @param {() => void} run */
function tool(verb, sign, name, run) {
  return element("button", { type: "button", class: "tool", "aria-label": `${verb}: ${name}`, title: verb, onclick: run }, sign);
}
