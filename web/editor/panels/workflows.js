// The saved workflows: folders, search, open, rename, earlier versions, and a trash that gives back.
import { openText } from "../document/opening.js";
import { nameOfFile, openWith } from "../commands/open_with.js";
import { fileOf, nameProblem, shortName } from "../kernels/workflow_names.js";
import { hasWords, wordsOf } from "../kernels/words.js";
import { say } from "../texts/files.js";
import { element } from "../view/dom.js";
import { useStyles } from "../view/stylesheet.js";
import { askText, confirmThat } from "./dialog.js";
import { guarded, when } from "./file_rows.js";
import { takeLeft } from "./left_side.js";
import { openVersions } from "./versions.js";
/** @import {Stored} from "../client/workflow_store.js" */
/** @import {Editor} from "../editor.js" */

// Narrower than this the panel would hide what was opened.
const NARROW = 720;

/** Closes the panel where it is open. @type {(() => void) | null} */
let closeOpened = null;

/** Open the panel beside the canvas, or close it where it is open. @param {HTMLElement} root @param {Editor} editor */
export async function toggleWorkflows(root, editor) {
  await Promise.all([useStyles("queue"), useStyles("library")]);
  if (closeOpened) return closeOpened();
  const panel = new WorkflowsPanel(root, editor);
  const close = () => {
    if (closeOpened === close) closeOpened = null;
    panel.close();
  };
  panel.onClose = close;
  closeOpened = close;
  takeLeft(() => closeOpened === close && close());
  await panel.show();
}

/** The open tabs and the saved workflows; stays open while one works. */
class WorkflowsPanel {
  #asked = 0;
  #looks = "";
  /** @type {(Stored & {original?: string})[] | null} */
  #files = null;
  onClose = () => {};

  /** @param {HTMLElement} root @param {Editor} editor */
  constructor(root, editor) {
    this.editor = editor;
    this.before = document.activeElement;
    this.search = element("input", { type: "search", class: "job-search", "aria-label": say("files.search"), placeholder: say("files.search"), autocomplete: "off" });
    this.list = element("div", { class: "files library-tree" });
    this.trash = element("button", { type: "button", class: "button is-small", "aria-pressed": "false" }, say("files.trash"));
    const title = say("command.workflows").replace("…", "");
    const close = element("button", { type: "button", class: "close", "aria-label": say("page.close"), onclick: () => this.onClose() }, "×");
    this.element = element("aside", { class: "drawer library workflows", "aria-label": title }, element("header", {}, element("h2", {}, title), this.trash, close), this.search, this.list);
    /** Read anew, and what fails is said. */
    this.show = guarded(editor, () => this.#read());
    this.trash.addEventListener("click", () => {
      this.trash.setAttribute("aria-pressed", String(!this.#isTrash));
      this.show();
    });
    this.search.addEventListener("input", () => this.#draw());
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.onClose();
    });
    // A tab that is saved, renamed or closed changes what is listed.
    const { tabs, document: open } = editor;
    const stops = [tabs.list.subscribe(() => this.show()), tabs.active.subscribe(() => this.#draw()), open.modified.subscribe(() => this.#draw())];
    this.stop = () => stops.forEach((stop) => stop());
    root.append(this.element);
    this.search.focus();
  }

  close() {
    this.stop();
    const isInside = this.element.contains(document.activeElement);
    this.element.remove();
    if (isInside && this.before instanceof HTMLElement) this.before.focus({ preventScroll: true });
  }

  get #isTrash() {
    return this.trash.getAttribute("aria-pressed") === "true";
  }

  async #read() {
    const turn = (this.#asked += 1);
    const { store } = this.editor;
    const found = this.#isTrash ? await store.trash() : await store.list();
    // Of several that are asked for, only the last is still wanted.
    if (turn !== this.#asked) return;
    this.#files = found;
    this.#draw();
  }

  #draw() {
    if (!this.#files) return;
    const words = wordsOf(this.search.value);
    const { list, active } = this.editor.tabs;
    const looks = JSON.stringify([this.#isTrash, words, this.#files, list.value.map((tab) => [tab.id, tab.name, tab.isModified, tab === active.value])]);
    // Rows that change under a press would lose it.
    if (looks === this.#looks) return;
    this.#looks = looks;
    const shown = this.#files.filter(({ path }) => hasWords(path, words));
    const rows = this.#isTrash ? trashRows(this.editor, shown, this.show) : [...openRows(this.editor, words), ...folderRows(this.editor, shown, { show: this.show, close: () => innerWidth < NARROW && this.onClose() })];
    const focused = this.list.contains(document.activeElement) ? document.activeElement?.closest("li") : null;
    this.list.replaceChildren(...rows);
    const same = focused && [...this.list.querySelectorAll("li")].find((row) => row.dataset.tab === focused.dataset.tab && row.dataset.path === focused.dataset.path);
    same?.querySelector("button")?.focus();
    if (!shown.length) this.list.append(element("p", { class: "empty" }, say(words.length ? "page.empty" : this.#isTrash ? "files.trash-empty" : "files.none")));
  }
}

/** The open tabs. @param {Editor} editor @param {string[]} words searched for */
function openRows({ tabs }, words) {
  const rows = tabs.list.value.filter((tab) => hasWords(tab.name, words)).map((tab) => {
    const mark = tab.isModified ? element("span", { class: "modified", title: say("page.changed-since") }, " •") : null;
    return element("li", { "data-tab": tab.id }, element("button", { type: "button", class: "file-name", "aria-pressed": String(tab === tabs.active.value), onclick: () => tabs.show(tab) }, tab.name, mark));
  });
  return rows.length ? [element("details", { open: true }, element("summary", {}, say("tabs.label")), element("ul", {}, ...rows))] : [];
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
  const sorted = [...folders].sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true }));
  return sorted.map(([folder, members]) => {
    const rows = members.sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true })).map((file) => fileRow(editor, file, panel));
    return element("details", { open: true }, element("summary", {}, folder || say("files.no-folder")), element("ul", {}, ...rows));
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
