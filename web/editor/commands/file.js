// Commands that make, open and save workflows.
import { openFile, readValue } from "../document/opening.js";
import { parseJson } from "../document/json.js";
import { newId } from "../document/ids.js";
import { emptyWorkflow } from "../document/workflow.js";
import { isFlat, toPrompt } from "../kernels/conversion.js";
import { writeJson } from "../document/json.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { holdingKeys } from "../view/held_keys.js";
import { nameOfFile, openWith } from "./open_with.js";
import { save, saveAs, savedText } from "./save.js";
/** @import {Editor} from "../editor.js" */
/** @import {Command} from "./registry.js" */

const OPENED = ".json,.png,.webp,.jpg,.jpeg,.svg,.latent,.safetensors,.txt";

/**
 * @param {Editor} editor
 * @returns {Command[]}
 */
export function fileCommands(editor) {
  const open = editor.document;
  return [
    { id: "new", section: "File", keys: ["Alt+N"], run: () => void editor.tabs.open(emptyWorkflow(), say("page.untitled"), { isFresh: true }) },
    { id: "open", section: "File", keys: ["Ctrl+O"], run: () => chooseFile((file) => openInto(editor, file)) },
    { id: "open-address", section: "File", run: async () => (await holdingKeys(import("./addresses.js"))).askAddress(editor) },
    { id: "workflows", section: "File", keys: ["W"], run: async () => (await holdingKeys(import("../panels/workflows.js"))).openWorkflows(editor) },
    { id: "templates", section: "File", run: () => holdingKeys(import("../panels/templates.js").then(({ openTemplates }) => openTemplates(editor))) },
    { id: "open-default", section: "File", keys: ["Ctrl+D"], run: () => openDefault(editor) },
    { id: "save", section: "File", keys: ["Ctrl+S"], worksInText: true, run: () => void save(editor) },
    { id: "save-as", section: "File", keys: ["Ctrl+Shift+S"], worksInText: true, run: () => void saveAs(editor) },
    {
      id: "versions",
      section: "File",
      enabled: () => Boolean(open.tab.file),
      run: async () => (await holdingKeys(import("../panels/versions.js"))).openVersions(editor, open.tab.file?.path ?? ""),
    },
    { id: "export", section: "File", keys: ["Ctrl+Alt+S"], worksInText: true, run: () => download(`${open.name.value}.json`, savedText(editor, open.tab)) },
    {
      id: "export-prompt",
      section: "File",
      enabled: () => isFlat(open.workflow),
      run: () => download(`${open.name.value}.api.json`, writeJson(toPrompt(open.workflow, editor.definitions.value), 2)),
    },
  ];
}

/**
 * Open a dropped or chosen file; what is wrong with it is said, and the present workflow stays.
 * @param {Editor} editor
 * @param {File} file
 */
export function openInto(editor, file) {
  return openWith(editor, nameOfFile(file.name), () => openFile(file, editor.definitions.value));
}

/** @param {Editor} editor */
export async function openDefault(editor) {
  const response = await fetch("default_workflow.json");
  const workflow = await readValue(parseJson(await response.text()), "default_workflow.json", {});
  editor.tabs.open({ ...workflow, id: newId() }, say("file.default-name"), { isFresh: true });
}

/**
 * Open what is dropped on the page.
 * @param {Editor} editor
 * @param {(nodeId: string, file: File) => boolean} takesPicture whether a card took the picture dropped on it
 */
export function attachDrop(editor, takesPicture) {
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    const address = event.dataTransfer?.getData("text/uri-list").split("\n")[0] ?? "";
    const card = event.target instanceof Element ? event.target.closest(".card") : null;
    const node = card instanceof HTMLElement ? String(card.dataset.node) : "";
    for (const file of files) if (!node || !takesPicture(node, file)) openInto(editor, file);
    if (!files.length && address) import("./addresses.js").then(({ openAddress }) => openAddress(editor, address));
  });
}

/** @param {(file: File) => void} onFile */
function chooseFile(onFile) {
  const input = element("input", { type: "file", multiple: true, accept: OPENED });
  input.addEventListener("change", () => [...(input.files ?? [])].forEach(onFile));
  input.click();
}

/** @param {string} name @param {string | Blob} content */
export function download(name, content) {
  const url = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type: "application/json" }) : content);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
