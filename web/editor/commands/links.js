// Commands for links: bends, and connecting without a pointer.
import { addBend } from "../document/reroutes.js";
import { linksById } from "../document/workflow.js";
import { toScreen } from "../kernels/geometry.js";
import { bendsBefore } from "../kernels/curves.js";
import { holdingKeys } from "../view/held_keys.js";
import { deleteSelected } from "./edit.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Command} from "./registry.js" */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {{openSearch: import("../panels/connect_slots.js").OpenSearch}} panels
 * @returns {Command[]}
 */
export function linkCommands(editor, stage, { openSearch }) {
  const hasLink = () => editor.selectedLink.value !== null;
  return [
    { id: "delete-link", section: "Link", enabled: hasLink, run: () => deleteSelected(editor) },
    { id: "remove-reroute", section: "Link", enabled: () => editor.selectedBend.value !== null, run: () => deleteSelected(editor) },
    { id: "insert-node", section: "Link", enabled: hasLink, run: () => insertNode(editor, stage, openSearch) },
    {
      id: "connect",
      section: "Link",
      keys: ["L"],
      enabled: () => editor.selection.value.size > 0,
      run: async () => (await holdingKeys(import("../panels/connect_slots.js"))).openConnecting(editor, stage, openSearch),
    },
    {
      id: "add-reroute",
      section: "Link",
      enabled: hasLink,
      run: () => bendLink(editor, stage, editor.selectedLink.value ?? -1, stage.pressed),
    },
  ];
}

/** Search a node that fits into the selected link, and put it there. @param {Editor} editor @param {Stage} stage @param {import("../panels/connect_slots.js").OpenSearch} openSearch */
function insertNode(editor, stage, openSearch) {
  const link = linksById(editor.document.graph).get(editor.selectedLink.value ?? -1);
  const placed = stage.scene.links.find((item) => item.link === link);
  if (!link || !placed) return;
  const { from, to } = placed.curve;
  const at = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  openSearch({ screen: toScreen(at, stage.viewport.value), at, into: { ...link, type: placed.type } });
}

/**
 * Put a bend into a link where it was pressed.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {number} link
 * @param {import("../kernels/geometry.js").Point} at
 */
export function bendLink(editor, stage, link, at) {
  const placed = stage.scene.links.find((item) => item.link.id === link);
  if (placed) editor.document.edit("Add reroute", (workflow) => addBend(workflow, link, at, bendsBefore(placed.curve, at)));
}
