// Selecting a node by a press and moving the selection by a drag; the workflow changes once, at the release. A node
// without links that is let go on a link is put into it.
import { findNode } from "../document/workflow.js";
import { snapTo, snapToGrid } from "../kernels/aligning.js";
import { boundsOf, visibleWorld } from "../kernels/geometry.js";
import { heldWith, moveHeld } from "../kernels/groups.js";
import { endsFor, insertOnLink } from "../kernels/healing.js";
import { linkAt, linksAcross, visibleNodes } from "../kernels/scene.js";
/** @import {Link} from "../document/types.js" */
/** @import {Point, Rect} from "../kernels/geometry.js" */
/** @import {Gesture, GestureContext} from "./pointer.js" */

const SNAP_PIXELS = 6;
const LINK_PIXELS = 12;

/**
 * @param {GestureContext} context
 * @param {PointerEvent} down
 * @param {string} node
 * @param {boolean} isAdding whether Shift or Ctrl is held
 * @param {string | null} [mergeKey] of the history, where the move is a part of something
 * @returns {Gesture}
 */
export function startMoveNodes(context, down, node, isAdding, mergeKey = null) {
  const { editor, stage } = context;
  const before = editor.selection.value;
  const wasSelected = before.has(node);
  if (!wasSelected) editor.select(isAdding ? [...before, node] : [node]);
  const held = heldWith(stage.scene, editor.selection.value, editor.selectedGroup.value);
  const { ids } = held;
  const from = stage.pointOf(down);
  /** @type {ReturnType<typeof makeSnap> | null} */
  let snap = null;
  /** @type {number | null} */
  let onLink = null;
  const finish = () => {
    stage.shift = null;
    stage.showGuides(null);
    stage.schedule();
  };
  return {
    move(event) {
      snap ??= makeSnap(context, ids);
      const to = stage.pointOf(event);
      const by = snap({ x: Math.round(to.x - from.x), y: Math.round(to.y - from.y) }, event.altKey);
      stage.shift = { held, by };
      onLink = ids.size === 1 ? linkUnder(context, node, to) : null;
      if (onLink !== null) editor.selectedLink.value = onLink;
      else editor.selectedLink.value = null;
      stage.schedule();
    },
    end(_event, hasMoved) {
      const by = stage.shift?.by;
      finish();
      editor.selectedLink.value = null;
      if (hasMoved && by) editor.document.edit("Move", (graph) => placed(context, moveHeld(graph, held, by), node, onLink), mergeKey);
      else if (isAdding && wasSelected) editor.select([...before].filter((id) => id !== node));
      else if (!isAdding) editor.select([node]);
      // A box is too small to be read or pressed: a tap leads to its card.
      if (!hasMoved && down.pointerType === "touch" && !stage.hasCard(node)) stage.focusCard(node);
    },
    cancel() {
      finish();
      editor.selectedLink.value = null;
      editor.select(before);
    },
  };
}

/** @param {GestureContext} context @param {import("../document/types.js").Workflow} graph @param {string} node @param {number | null} onLink */
function placed({ editor }, graph, node, onLink) {
  return onLink === null ? graph : insertOnLink(graph, node, onLink, editor.definitions.value);
}

/** The link that a node could be put into: one under the pointer, else the one that crosses its card nearest to the middle. @param {GestureContext} context @param {string} id @param {Point} point */
function linkUnder({ editor, stage }, id, point) {
  const node = findNode(editor.document.graph, id);
  const isLinked = node?.inputs?.some((slot) => slot.link != null) || node?.outputs?.some((slot) => slot.links?.length);
  if (!node || isLinked) return null;
  const { scene, viewport } = stage;
  const fits = (/** @type {Link | undefined} */ link) => link && endsFor(editor.document.graph, node, link, editor.definitions.value);
  const pressed = linkAt(scene, point, LINK_PIXELS / viewport.value.scale)?.link;
  const rect = scene.nodes.get(id)?.layout.rect;
  const crossing = rect ? linksAcross(scene, rect).map(({ link }) => link) : [];
  return [pressed, ...crossing].find(fits)?.id ?? null;
}

/**
 * How a drag snaps: to the cards in view or to the grid, as the settings say. With Alt it does not.
 * @param {GestureContext} context
 * @param {ReadonlySet<string>} ids
 * @returns {(by: Point, isFree: boolean) => Point}
 */
function makeSnap({ editor, stage }, ids) {
  const { nodes } = stage.scene;
  const start = boundsOf([...ids].flatMap((id) => nodes.get(id)?.layout.rect ?? []));
  const view = visibleWorld(stage.viewport.value, stage.screen);
  const seen = editor.settings.get("skein.snapToNodes") ? visibleNodes(stage.scene, view) : [];
  /** @type {Rect[]} */
  const others = seen.length > 200 ? [] : seen.filter((item) => !ids.has(item.id)).map((item) => item.layout.rect);
  const step = editor.settings.get("skein.snapToGrid") ? Number(editor.settings.get("skein.gridStep")) || 10 : 0;
  return (by, isFree) => {
    stage.showGuides(null);
    if (isFree || !start) return by;
    const rect = { ...start, x: start.x + by.x, y: start.y + by.y };
    if (step) {
      const shift = snapToGrid(rect, step);
      return { x: by.x + shift.x, y: by.y + shift.y };
    }
    const { by: shift, lines } = snapTo(rect, others, SNAP_PIXELS / stage.viewport.value.scale);
    stage.showGuides(lines);
    return { x: by.x + Math.round(shift.x), y: by.y + Math.round(shift.y) };
  };
}
