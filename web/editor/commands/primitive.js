// A primitive for a value of a card, which begins with that value and feeds it.
import { addNode } from "../document/edits.js";
import { findNode } from "../document/workflow.js";
import { faceOf } from "../kernels/faces.js";
import { joinSlots } from "../kernels/joining.js";
import { newNode } from "../kernels/new_node.js";
import { VIRTUAL_NODES } from "../kernels/virtual_nodes.js";
/** @import {SlotPlace} from "../kernels/connecting.js" */
/** @import {InputFace} from "../kernels/faces.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

const GAP = 60;

/** @param {Editor} editor @param {Stage} stage @param {SlotPlace} to the slot of a value that nothing feeds; of others none is made */
export function addPrimitive(editor, stage, to) {
  const slot = /** @type {InputFace} */ (to.slot);
  const card = stage.scene.nodes.get(to.node)?.layout;
  if (to.side !== "input" || !slot.isWidget || slot.link !== null || !card) return;
  const definitions = editor.definitions.value;
  const node = newNode(VIRTUAL_NODES.PrimitiveNode, { x: 0, y: 0 });
  const y = card.rect.y + (card.widgets.find(({ input }) => input?.name === slot.name)?.y ?? 0);
  let id = "";
  editor.document.edit("Add Primitive", (graph) => {
    const added = addNode(graph, { ...node, pos: [Math.round(card.rect.x - GAP - Number(node.size?.[0] ?? 0)), Math.round(y)] });
    id = String(added.id);
    const made = findNode(added.workflow, id);
    const output = made && faceOf(added.workflow, made, definitions).outputs[0];
    return output ? joinSlots(added.workflow, { node: id, side: "output", slot: output }, to, definitions) : graph;
  });
  editor.select([id]);
}
