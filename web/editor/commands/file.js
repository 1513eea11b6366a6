// Commands that open and save workflows.
import { writeJson } from "../document/json.js";
import { OpeningError, openFile, openText } from "../document/opening.js";
import { emptyWorkflow } from "../document/workflow.js";
import { isFlat, toPrompt } from "../kernels/conversion.js";
import { element } from "../view/dom.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Command} from "./registry.js" */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @returns {Command[]}
 */
export function fileCommands(editor, stage) {
  const open = editor.document;
  return [
    { id: "new", label: "New workflow", section: "File", run: () => show(editor, stage, emptyWorkflow(), "Untitled") },
    { id: "open-default", label: "Open the default workflow", section: "File", run: () => openDefault(editor, stage) },
    { id: "open", label: "Open a file…", section: "File", keys: ["Ctrl+O"], run: () => chooseFile((file) => openInto(editor, stage, file)) },
    {
      id: "save",
      label: "Save to a file",
      section: "File",
      keys: ["Ctrl+S"],
      worksInText: true,
      run: () => {
        download(`${open.name.value}.json`, writeJson(open.workflow, 2));
        open.markSaved();
        editor.notices.show(`Saved as ${open.name.value}.json.`, "info");
      },
    },
    {
      id: "export-prompt",
      label: "Export as prompt (API format)",
      section: "File",
      enabled: () => isFlat(open.workflow),
      run: () => download(`${open.name.value}.api.json`, writeJson(toPrompt(open.workflow, editor.definitions.value), 2)),
    },
  ];
}

/**
 * Open a workflow in place of the present one.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {Workflow} workflow
 * @param {string} name
 * @param {{modified?: boolean}} [options]
 */
export function show(editor, stage, workflow, name, options) {
  editor.select([]);
  editor.runs.show(workflow.id ?? "");
  editor.document.open(workflow, name, options);
  stage.fit();
}

/**
 * Open a dropped or chosen file; what is wrong with it is said, and the present workflow stays.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {File} file
 */
export async function openInto(editor, stage, file) {
  try {
    await editor.ready;
    const workflow = await openFile(file, editor.definitions.value);
    show(editor, stage, workflow, file.name.replace(/(\.api)?\.[^.]+$/, ""));
  } catch (error) {
    if (!(error instanceof OpeningError)) throw error;
    editor.notices.show(error.message, "error");
  }
}

/** @param {Editor} editor @param {Stage} stage */
export async function openDefault(editor, stage) {
  const response = await fetch("default_workflow.json");
  show(editor, stage, openText(await response.text(), "The default workflow", {}), "Text to image");
}

/**
 * Open what is dropped on the page.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {(nodeId: string, file: File) => boolean} takesPicture whether a card took the picture dropped on it
 */
export function attachDrop(editor, stage, takesPicture) {
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    const card = event.target instanceof Element ? event.target.closest(".card") : null;
    const node = card instanceof HTMLElement ? String(card.dataset.node) : "";
    if (!node || !takesPicture(node, file)) openInto(editor, stage, file);
  });
}

/** @param {(file: File) => void} onFile */
function chooseFile(onFile) {
  const input = element("input", { type: "file", accept: ".json,.png,application/json,image/png" });
  input.addEventListener("change", () => input.files?.[0] && onFile(input.files[0]));
  input.click();
}

/** @param {string} name @param {string} text */
function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
