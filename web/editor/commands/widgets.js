// What the controls on cards do to the workflow.
import { findNode } from "../document/workflow.js";
import { definitionOf, faceOf } from "../kernels/faces.js";
import { ownerOf, withShownValue } from "../kernels/host_values.js";
import { isPromptText } from "../kernels/prompt_texts.js";
/** @import {Editor} from "../editor.js" */
/** @import {Widget} from "../kernels/schema.js" */

/**
 * Change a value where it is kept: what the node shows that was opened, at that node.
 * @param {Editor} editor
 * @param {string} id
 * @param {Widget} widget
 * @param {any} value
 * @param {string} [gesture] its key: all changes of one are one step of the history
 */
export function changeWidget(editor, id, widget, value, gesture) {
  const { document: open, definitions } = editor;
  const node = findNode(open.graph, id);
  if (!node) return;
  const label = `Change ${widget.name || "note"}`;
  const place = { scope: open.scope.value, id, widget };
  const definition = widget.brings && ownerOf(open.workflow, definitions.value, place) === place ? definitionOf(definitions.value, node.type) : undefined;
  if (definition) {
    import("../kernels/choosing.js").then(({ choose }) => open.edit(label, (current) => choose(current, id, definition, widget, value)));
    return;
  }
  open.editWhole(label, (workflow) => withShownValue(workflow, definitions.value, place, value), changeKey(open, id, widget, gesture));
}

/** Take back what a gesture has changed of a value, as if it had never been. @param {Editor} editor @param {string} id @param {Widget} widget @param {string} gesture @returns {boolean} whether it was the last to change anything */
export function takeBackWidget({ document: open }, id, widget, gesture) {
  return open.retract(changeKey(open, id, widget, gesture));
}

/** @param {import("../document/document.js").WorkflowDocument} open @param {string} id @param {Widget} widget @param {string} [gesture] */
function changeKey({ scopePath }, id, { name, slot }, gesture = "") {
  return `${scopePath}widget ${id} ${name} ${slot} ${gesture}`;
}

/** Whether a widget holds the words of a prompt. @param {Editor} editor @param {string} id @param {Widget} widget */
export function isPromptAt(editor, id, widget) {
  const node = findNode(editor.document.graph, id);
  return node !== undefined && isPromptText(editor.document.graph, node, widget, editor.definitions.value);
}

/**
 * Upload a picture and choose it in the widget that the upload belongs to.
 * @param {Editor} editor
 * @param {string} id
 * @param {Widget} upload
 * @param {File} file
 */
export async function uploadPicture(editor, id, upload, file) {
  try {
    const stored = await editor.server.upload(file);
    const name = stored.subfolder ? `${stored.subfolder}/${stored.name}` : stored.name;
    const node = findNode(editor.document.graph, id);
    const widgets = node ? faceOf(editor.document.graph, node, editor.definitions.value).widgets : [];
    const target = widgets.find((widget) => widget.name === upload.controls);
    if (!target) return;
    if (!target.choices.includes(name)) editor.definitions.value = await editor.server.nodeDefinitions();
    changeWidget(editor, id, target, name);
  } catch (error) {
    editor.notices.show(/** @type {Error} */ (error).message, "error");
  }
}

/**
 * Give a dropped picture to a card that takes one.
 * @param {Editor} editor
 * @param {string} id
 * @param {File} file
 */
export function takePicture(editor, id, file) {
  const workflow = editor.document.graph;
  const node = findNode(workflow, id);
  const upload = node && faceOf(workflow, node, editor.definitions.value).widgets.find((widget) => widget.kind === "upload");
  if (!upload || !file.type.startsWith("image/")) return false;
  uploadPicture(editor, id, upload, file);
  return true;
}
