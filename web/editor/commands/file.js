// Commands that make, open and save workflows.
import { NoWorkflowError, openFile, readValue } from "../document/opening.js";
import { parseJson } from "../document/json.js";
import { newId } from "../document/ids.js";
import { writeJson } from "../document/json.js";
import { OPENING } from "../panels/notices.js";
import { say } from "../texts/texts.js";
import { DRAGGED_PICTURE } from "../gestures/drag_pictures.js";
import { element } from "../view/dom.js";
import { holdingKeys } from "../view/held_keys.js";
import { nameOfFile, openWith } from "./open_with.js";
import { nothingToRun } from "./run.js";
import { save, saveAs, savedText } from "./save.js";
/** @import {Editor} from "../editor.js" */
/** @import {Command} from "./registry.js" */

const OPENED = ".json,.png,.webp,.jpg,.jpeg,.svg,.latent,.safetensors,.txt";

/**
 * @param {Editor} editor
 * @param {HTMLElement} root
 * @param {(picture: File) => Promise<any>} addPicture makes a card that loads a picture
 * @returns {Command[]}
 */
export function fileCommands(editor, root, addPicture) {
  const open = editor.document;
  return [
    { id: "new", section: "File", keys: ["Alt+N"], run: () => editor.tabs.create() },
    { id: "open", section: "File", keys: ["Ctrl+O"], run: () => chooseFile((file) => openInto(editor, file, async (picture) => offerCard(editor, picture, addPicture))) },
    { id: "open-address", section: "File", run: async () => (await holdingKeys(import("./addresses.js"))).askAddress(editor) },
    { id: "workflows", section: "File", keys: ["W"], run: () => holdingKeys(import("../panels/workflows.js").then(({ toggleWorkflows }) => toggleWorkflows(root, editor))) },
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
    { id: "export", section: "File", keys: ["Ctrl+Alt+S"], worksInText: true, run: () => exportWorkflow(editor) },
    {
      id: "export-prompt",
      section: "File",
      run: () => exportPrompt(editor),
    },
  ];
}

/**
 * Open a dropped or chosen file; what is wrong with it is said, and the present workflow stays.
 * @param {Editor} editor
 * @param {File} file
 * @param {(picture: File) => Promise<any>} [takePicture] what is done with a picture that carries no workflow
 */
export function openInto(editor, file, takePicture) {
  const isPicture = file.type.startsWith("image/");
  return openWith(editor, nameOfFile(file.name), async () => {
    try {
      return await openFile(file, editor.definitions.value);
    } catch (error) {
      if (!takePicture || !isPicture || !(error instanceof NoWorkflowError)) throw error;
      await takePicture(file);
      return null;
    }
  });
}

/** Say that a picture holds no workflow, and offer what else can be done with it. @param {Editor} editor @param {File} picture @param {(picture: File) => Promise<any>} addPicture */
function offerCard(editor, picture, addPicture) {
  const action = { label: say("open.as-picture"), run: () => void addPicture(picture) };
  editor.notices.show(say("open.no-workflow", { name: picture.name }), "error", action, OPENING);
}

/** @param {Editor} editor */
function exportWorkflow(editor) {
  editor.gather();
  download(`${editor.document.name.value}.json`, savedText(editor, editor.document.tab));
}

/** @param {Editor} editor */
async function exportPrompt(editor) {
  editor.gather();
  const { workflow, name } = editor.document;
  const made = await editor.promptOf(workflow);
  const prompt = made === workflow ? await editor.server.converted(workflow) : made;
  if (Object.keys(prompt).length) download(`${name.value}.api.json`, writeJson(prompt, 2));
  else editor.notices.show(nothingToRun(workflow), "error");
}

/** @param {Editor} editor */
export async function openDefault(editor) {
  const response = await fetch("default_workflow.json");
  const workflow = await readValue(parseJson(await response.text()), "default_workflow.json", {});
  editor.tabs.open({ ...workflow, id: newId() }, say("file.default-name"), { isFresh: true });
}

/**
 * What becomes of pictures: `take` says whether a card took the one dropped on it, `add` makes a card that loads it.
 * @typedef {{take: (nodeId: string, file: File) => boolean, add: (file: File, at: {clientX: number, clientY: number}) => Promise<any>}} PictureTakers
 */

/**
 * Open what is dropped on the page; a picture without a workflow gets a card that loads it.
 * @param {Editor} editor
 * @param {PictureTakers} pictures
 */
export function attachDrop(editor, pictures) {
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    // What is drawn belongs to the workflow under the window, which stays.
    if (document.querySelector("dialog.painting[open]")) return;
    const picture = event.dataTransfer?.getData(DRAGGED_PICTURE);
    const files = picture ? [] : [...(event.dataTransfer?.files ?? [])];
    const address = event.dataTransfer?.getData("text/uri-list").split("\n")[0] ?? "";
    const card = event.target instanceof Element ? event.target.closest(".card") : null;
    const node = card instanceof HTMLElement ? String(card.dataset.node) : "";
    if (picture) import("./addresses.js").then(({ fetchFile }) => fetchFile(editor, picture, (file) => (node && pictures.take(node, file)) || pictures.add(file, event)));
    for (const file of files) if (!node || !pictures.take(node, file)) openInto(editor, file, (picture) => pictures.add(picture, event));
    if (!picture && !files.length && address) import("./addresses.js").then(({ openAddress }) => openAddress(editor, address));
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
