// Commands for links: bends, and connecting without a pointer.
import { addBend } from "../document/reroutes.js";
import { bendsBefore } from "../kernels/curves.js";
import { holdingKeys } from "../view/held_keys.js";
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
  return [
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
      enabled: () => editor.selectedLink.value !== null,
      run: () => bendLink(editor, stage, editor.selectedLink.value ?? -1, stage.pressed),
    },
  ];
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
