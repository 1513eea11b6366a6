// Dragging a link from a socket: onto a fitting slot it connects, into the empty it lets go or offers nodes that fit.
import { dropLinks } from "../document/edits.js";
import { findNode, linksById } from "../document/workflow.js";
import { fittingSlots, slotKey, whyNot } from "../kernels/connecting.js";
import { faceOf } from "../kernels/faces.js";
import { joinSlots } from "../kernels/joining.js";
import { inputAnchor, outputAnchor } from "../kernels/layout.js";
import { typeColour } from "../view/theme.js";
import { startMoveLinks } from "./move_links.js";
import { markFitting, placeOf, targetAt } from "./slot_under.js";
/** @import {InputFace} from "../kernels/faces.js" */
/** @import {Gesture, GestureContext} from "./pointer.js" */
/** @import {SlotPlace} from "../kernels/connecting.js" */
/** @import {Point} from "../kernels/geometry.js" */
/** @import {Stage} from "../view/stage.js" */

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {HTMLElement} socket
 * @returns {Gesture | null}
 */
export function startDragLink(context, down, socket) {
  const { editor, stage, openSearch } = context;
  down.preventDefault();
  const pressed = placeOf(stage, socket);
  if (!pressed) return null;
  if (down.shiftKey && pressed.side === "output") return startMoveLinks(context, pressed);
  const workflow = editor.document.graph;
  const held = pressed.side === "input" ? /** @type {InputFace} */ (pressed.slot).link : null;
  const from = held === null ? pressed : (otherEnd(context, held) ?? pressed);
  const fits = fittingSlots(workflow, stage.scene, from);
  const anchor = anchorOf(stage, from);
  const colour = typeColour(stage.theme, from.slot.type);
  markFitting(stage, fits);

  const finish = () => {
    stage.hiddenLink = null;
    stage.schedule();
    stage.showLooseLinks([]);
    markFitting(stage, null);
    editor.notices.hint("");
  };
  return {
    move(event) {
      stage.hiddenLink = held;
      stage.schedule();
      const target = targetAt(stage, event, fits);
      const to = target ? anchorOf(stage, target) : stage.pointOf(event);
      const isRefused = target && !fits.has(slotKey(target.node, target.side, target.slot.name));
      stage.showLooseLinks([{ from: anchor, to, isBackward: from.side === "input", colour: isRefused ? stage.theme.danger : colour }]);
      editor.notices.hint(target && isRefused && !isBeside(from, target) ? whyNot(workflow, from, target) : "", event);
    },
    end(event, hasMoved) {
      const target = hasMoved ? targetAt(stage, event, fits) : null;
      finish();
      if (!hasMoved) return;
      if (target) {
        if (fits.has(slotKey(target.node, target.side, target.slot.name))) editor.document.edit("Connect", (current) => joinSlots(current, from, target, editor.definitions.value, held));
        return;
      }
      if (held !== null) editor.document.edit("Disconnect", (current) => dropLinks(current, new Set([held])));
      else if (!isOverCard(event)) openSearch({ screen: stage.screenPoint(event), at: stage.pointOf(event), from });
    },
    cancel: finish,
  };
}

/**
 * The output that feeds a link, as the end that stays put while the other is dragged away.
 * @param {GestureContext} context
 * @param {number} linkId
 * @returns {SlotPlace | null}
 */
function otherEnd({ editor: { document: open, definitions } }, linkId) {
  const { graph } = open;
  const link = linksById(graph).get(linkId);
  const source = link && findNode(graph, link.from);
  // Of a reroute without a source the link that is taken off says the type no longer.
  const slot = source && faceOf(dropLinks(graph, new Set([linkId])), source, definitions.value).outputs[link.fromSlot];
  return link && slot ? { node: String(link.from), side: "output", slot } : null;
}

/** @param {Stage} stage @param {SlotPlace} place @returns {Point} */
function anchorOf(stage, { node, side, slot }) {
  const layout = stage.scene.nodes.get(node)?.layout;
  if (!layout) return { x: 0, y: 0 };
  if (side === "output") return outputAnchor(layout, slot.index);
  const stored = inputAnchor(layout, slot.index);
  if (slot.index >= 0 && stored) return stored;
  const row = layout.inputs.find((input) => input.face.name === slot.name);
  const widget = layout.widgets.find((item) => item.input?.name === slot.name);
  return { x: layout.rect.x, y: layout.rect.y + (row?.y ?? (widget ? widget.y + 12 : 0)) };
}

/** Whether a slot is the one that the drag began at or lies among its like, where every drag passes by. @param {SlotPlace} from @param {SlotPlace} target */
function isBeside(from, target) {
  return target.node === from.node && target.side === from.side;
}

/** @param {PointerEvent} event */
function isOverCard(event) {
  return Boolean(document.elementFromPoint(event.clientX, event.clientY)?.closest(".card"));
}
