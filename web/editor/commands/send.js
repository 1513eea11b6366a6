// Sending a result on: into a card that loads pictures, under the mask's brush, under the colours, to the clipboard, to a file.
import { addNode, changeNode } from "../document/edits.js";
import { findNode } from "../document/workflow.js";
import { connect } from "../kernels/connecting.js";
import { faceOf } from "../kernels/faces.js";
import { boundsOf } from "../kernels/geometry.js";
import { newNode } from "../kernels/new_node.js";
import { withWidgetValue } from "../kernels/widget_values.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { holdingKeys } from "../view/held_keys.js";
import { inputName, learnChoices, storeAsInput } from "./inputs.js";
/** @import {FileReference, Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Point} from "../kernels/geometry.js" */
/** @import {Stage} from "../view/stage.js" */

const LOADER = "LoadImage";
const PAINTER = "Painter";
const NEXT_COLUMN = 370;
const GAP = 80;

/**
 * Have a card load the picture: the selected one where it loads pictures, otherwise a new one.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {FileReference} file
 */
export async function sendToLoad(editor, stage, file) {
  const name = await storeAsInput(editor, file);
  load(editor, stage, name);
}

/**
 * Store a picture among the inputs and load it with a new card.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {File} file
 * @param {{clientX: number, clientY: number}} at where on the page
 */
export async function addPicture(editor, stage, file, at) {
  const point = stage.pointOf(at);
  try {
    const stored = await editor.server.upload(file);
    await learnChoices(editor);
    let id = "";
    editor.document.edit("Load the picture", (workflow) => {
      const added = withNewLoader(editor, workflow, inputName(stored.name, stored.subfolder), point);
      id = added.id;
      return added.workflow;
    });
    editor.select([id]);
  } catch (error) {
    editor.notices.show(/** @type {Error} */ (error).message, "error");
  }
}

/**
 * Paint a mask on the picture; what is saved is loaded by a card.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {FileReference} file
 */
export async function sendToMask(editor, stage, file) {
  const { openMaskEditor } = await holdingKeys(import("../panels/mask_editor.js"));
  openMaskEditor(editor, file, async (name) => {
    await learnChoices(editor);
    load(editor, stage, name);
  });
}

/**
 * Paint a mask on a card's picture: a card that loads it takes the masked copy, for results a loading card is made.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {string} id of the card
 * @param {FileReference} file
 */
export async function paintMask(editor, stage, id, file) {
  editor.select([id]);
  await sendToMask(editor, stage, file);
}

/**
 * Paint in colour on the picture: a new painting node is fed by a card that loads it.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {FileReference} file
 */
export async function sendToSketch(editor, stage, file) {
  const name = await storeAsInput(editor, file);
  const at = belowAll(stage);
  let painter = "";
  editor.document.edit("Send to sketch", (workflow) => {
    const loaded = withNewLoader(editor, workflow, name, at);
    const added = addNode(loaded.workflow, newNode(definition(editor, PAINTER), { x: at.x + NEXT_COLUMN, y: at.y }));
    painter = String(added.id);
    return linked(editor, added.workflow, loaded.id, painter);
  });
  editor.select([painter]);
  stage.focusCard(painter);
  const { openPainter } = await holdingKeys(import("../panels/painter_dialog.js"));
  const made = editor.document.workflow;
  // Who leaves it without saving has no use for the cards either.
  await openPainter(editor, painter, () => editor.document.workflow === made && editor.document.undo());
}

/** @param {string} url */
export async function copyPicture(url) {
  if (!navigator.clipboard?.write) throw new Error(say("lightbox.no-clipboard"));
  const picture = await (await fetch(url)).blob();
  const png = picture.type === "image/png" ? picture : await asPng(picture);
  await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
}

/** @param {string} url @param {string} name */
export function downloadPicture(url, name) {
  element("a", { href: url, download: name }).click();
}

/** Have the selected card, or a new one, load an input, and show that card. @param {Editor} editor @param {Stage} stage @param {string} name */
function load(editor, stage, name) {
  let id = "";
  const at = belowAll(stage);
  editor.document.edit("Load the picture", (workflow) => {
    const loaded = withLoader(editor, workflow, name, at);
    id = loaded.id;
    return loaded.workflow;
  });
  editor.select([id]);
  stage.focusCard(id);
}

/** @param {Editor} editor @param {Workflow} workflow @param {string} name @param {Point} at */
function withLoader(editor, workflow, name, at) {
  const [id, ...others] = editor.selection.value;
  const node = id !== undefined && !others.length ? findNode(workflow, id) : undefined;
  const isLoader = node && faceOf(workflow, node, editor.definitions.value).widgets.some((widget) => widget.kind === "upload");
  if (!isLoader) return withNewLoader(editor, workflow, name, at);
  return { workflow: withPicture(editor, workflow, String(node.id), name), id: String(node.id) };
}

/** @param {Editor} editor @param {Workflow} workflow @param {string} name @param {Point} at */
function withNewLoader(editor, workflow, name, at) {
  const added = addNode(workflow, newNode(definition(editor, LOADER), at));
  return { workflow: withPicture(editor, added.workflow, String(added.id), name), id: String(added.id) };
}

/** @param {Editor} editor @param {Workflow} workflow @param {string} id @param {string} name */
function withPicture(editor, workflow, id, name) {
  return changeNode(workflow, id, (node) => {
    const { widgets } = faceOf(workflow, node, editor.definitions.value);
    const upload = widgets.find((widget) => widget.kind === "upload");
    const target = widgets.find((widget) => widget.name === upload?.controls);
    return target ? withWidgetValue(node, widgets, target, name) : node;
  });
}

/** @param {Editor} editor @param {Workflow} workflow @param {string} loader @param {string} painter */
function linked(editor, workflow, loader, painter) {
  const faceOfId = (/** @type {string} */ id) => faceOf(workflow, /** @type {any} */ (findNode(workflow, id)), editor.definitions.value);
  const output = faceOfId(loader).outputs[0];
  const input = faceOfId(painter).inputs.find((slot) => slot.name === "image");
  return input ? connect(workflow, { node: loader, slot: output }, { node: painter, slot: input }) : workflow;
}

/** @param {Editor} editor @param {string} type */
function definition(editor, type) {
  const found = editor.definitions.value[type];
  if (!found) throw new Error(say("lightbox.no-class", { type }));
  return found;
}

/** A place where no card is: under all of them, at the left. @param {Stage} stage @returns {Point} */
function belowAll(stage) {
  const bounds = boundsOf([...stage.scene.nodes.values()].map((placed) => placed.layout.rect));
  return bounds ? { x: bounds.x, y: bounds.y + bounds.h + GAP } : { x: 0, y: 0 };
}

/** @param {Blob} picture @returns {Promise<Blob>} */
async function asPng(picture) {
  const bitmap = await createImageBitmap(picture);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
