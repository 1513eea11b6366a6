// What a painting lies on: the picture that is linked to its node as far as it is known, or a ground of one colour.
import { findNode, linksById } from "../document/workflow.js";
import { inputFile } from "./input_files.js";
import { faceOf } from "./faces.js";
import { widgetValue } from "./widget_values.js";
/** @import {FileReference, NodeDefinitions, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Cards} from "./run_cards.js" */

/**
 * The file of the picture that feeds an input: the one that its source loads, or what a card shows that is fed by the
 * same output. Null where nothing is linked or nothing is known of it yet.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {string} input
 * @param {NodeDefinitions} definitions
 * @param {Cards} cards
 * @returns {FileReference | null}
 */
export function fedPicture(workflow, node, input, definitions, cards) {
  const links = linksById(workflow);
  const slot = node.inputs?.find((item) => item.name === input);
  const link = slot?.link == null ? undefined : links.get(slot.link);
  const source = link && findNode(workflow, link.from);
  if (!link || !source) return null;
  const loaded = loadedFile(workflow, source, definitions);
  if (loaded) return loaded;
  const siblings = [...links.values()].filter((other) => String(other.from) === String(link.from) && other.fromSlot === link.fromSlot);
  return [String(source.id), ...siblings.map((other) => String(other.to))].map((id) => cards[id]?.pictures?.[0]).find(Boolean) ?? null;
}

/**
 * The picture that a node loads.
 * @param {Workflow} workflow
 * @param {WorkflowNode} node
 * @param {NodeDefinitions} definitions
 * @returns {FileReference | null}
 */
export function loadedFile(workflow, node, definitions) {
  const { widgets } = faceOf(workflow, node, definitions);
  const upload = widgets.find((widget) => widget.kind === "upload");
  const widget = upload && widgets.find((item) => item.name === upload.controls);
  const name = widget && widgetValue(node, widget);
  return typeof name === "string" && name ? inputFile(name) : null;
}
