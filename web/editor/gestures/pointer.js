// The one listener for the pointer: decides which gesture a press starts and feeds it until the release.
import { isBox } from "../document/slots.js";
import { groupAt } from "../kernels/groups.js";
import { BEND_REACH, bendAt, linkAt, nodeAt } from "../kernels/scene.js";
import { closest } from "../view/dom.js";
import { startBoxSelect } from "./box_select.js";
import { startCloneNodes } from "./clone_nodes.js";
import { startLassoSelect } from "./lasso_select.js";
import { startDragLink } from "./drag_link.js";
import { setDraggable } from "./drag_pictures.js";
import { startMoveBend, startMoveGroup, startResizeGroup } from "./move_held.js";
import { startMoveNodes } from "./move_nodes.js";
import { startPan } from "./pan.js";
import { startResize } from "./resize_node.js";
import { keepMiddleButton } from "./middle_button.js";
import { placeOf } from "./slot_under.js";
import { swallowClick } from "./swallow_click.js";
import { attachTouch } from "./touch.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

/**
 * One gesture under way. `end` is told whether the pointer moved at all.
 * @typedef {object} Gesture
 * @property {(event: PointerEvent) => void} move
 * @property {(event: PointerEvent, hasMoved: boolean) => void} end
 * @property {() => void} cancel
 */

/**
 * @typedef {object} GestureContext
 * @property {Editor} editor
 * @property {Stage} stage
 * @property {(options: import("../panels/search_box.js").SearchRequest) => void} openSearch
 * @property {(nodeId: string) => void} openSubgraph
 * @property {(link: number, at: import("../kernels/geometry.js").Point) => void} bendLink
 * @property {(value: import("../kernels/connecting.js").SlotPlace) => void} addPrimitive
 * @property {() => boolean} isPanning whether a press moves the view, on whatever it is
 * @property {(point: import("../kernels/geometry.js").Point) => boolean} renameGroup whether there is one at the point
 */

const NATIVE = "input, textarea, select, option, button, a, label, summary, pre, .card-error";
const CLICK_PIXELS = 3;
// A finger is never quite still.
const TAP_PIXELS = 8;
const LINK_PIXELS = 7;

/** @param {GestureContext} context */
export function attachPointer(context) {
  const { stage } = context;
  let cancel = () => {};
  attachTouch(stage, () => cancel());
  stage.root.addEventListener("pointerdown", (event) => {
    const gesture = chooseGesture(context, event);
    if (gesture) cancel = follow(stage, gesture, event);
  });
  stage.root.addEventListener("dblclick", (event) => {
    const socket = closest(event, ".widget-row > .socket");
    const value = socket && placeOf(stage, socket);
    if (value) return context.addPrimitive(value);
    const opened = closest(event, ".card[data-kind=subgraph]");
    if (opened && !closest(event, `${NATIVE}, .card-name`)) return context.openSubgraph(String(opened.dataset.node));
    if (!closest(event, ".card") && context.renameGroup(stage.pointOf(event))) return;
    const isEmpty = !closest(event, ".card") && !nodeAt(stage.scene, stage.pointOf(event));
    if (isEmpty) context.openSearch({ screen: stage.screenPoint(event), at: stage.pointOf(event) });
  });
  stage.root.addEventListener("auxclick", (event) => event.preventDefault());
  keepMiddleButton();
}

/**
 * @param {GestureContext} context
 * @param {PointerEvent} event
 * @returns {Gesture | null}
 */
function chooseGesture(context, event) {
  const { editor, stage } = context;
  if (event.button === 1) return startPan(context, event, false);
  if (event.button !== 0) return null;
  if (context.isPanning()) {
    event.preventDefault();
    return startPan(context, event, false);
  }
  const socket = closest(event, ".socket");
  if (socket) return startDragLink(context, event, socket);
  const handle = closest(event, ".card-resize");
  if (handle) return startResize(context, event, String(closest(event, ".card")?.dataset.node));

  const card = closest(event, ".card");
  const isAdding = event.shiftKey || event.ctrlKey || event.metaKey;
  const picture = closest(event, ".picture");
  const isFile = event.ctrlKey || event.metaKey;
  if (picture) setDraggable(picture, isFile);
  if (picture ? isFile : closest(event, NATIVE)) {
    const id = card?.dataset.node;
    if (id && !isAdding && !editor.selection.value.has(id)) editor.select([id]);
    // A card may fill a phone: a swipe from a field that is not typed in moves the view, as it does from anywhere else.
    return event.pointerType === "touch" && closest(event, "input, textarea, select, button") !== document.activeElement ? startPan(context, event, false) : null;
  }
  const node = card?.dataset.node ?? nodeAt(stage.scene, stage.pointOf(event))?.id;
  if (node && event.altKey && !isAdding && !isBox(node)) return startCloneNodes(context, event, node);
  if (node) return startMoveNodes(context, event, node, isAdding);
  const held = groupAt(stage.scene, stage.pointOf(event));
  if (held && !isAdding) return held.part === "title" ? startMoveGroup(context, event, held.group) : startResizeGroup(context, event, held.group);
  if (event.ctrlKey || event.metaKey || event.shiftKey) return event.altKey ? startLassoSelect(context, event) : startBoxSelect(context, event);
  const bend = bendAt(stage.scene, stage.pointOf(event), BEND_REACH);
  if (bend) return startMoveBend(context, event, bend.id);
  const link = linkAt(stage.scene, stage.pointOf(event), LINK_PIXELS / stage.viewport.value.scale);
  if (link && event.altKey) context.bendLink(link.link.id, stage.pointOf(event));
  if (link && event.altKey) return null;
  return startPan(context, event, true, link?.link.id);
}

/**
 * Feed a gesture with the pointer's events until it is released or cancelled by Escape.
 * @param {Stage} stage
 * @param {Gesture} gesture
 * @param {PointerEvent} down
 * @returns {() => void} cancels it, unless it is over
 */
function follow(stage, gesture, down) {
  const listening = new AbortController();
  const options = { signal: listening.signal };
  const stillness = down.pointerType === "touch" ? TAP_PIXELS : CLICK_PIXELS;
  let hasMoved = false;
  const stop = () => {
    listening.abort();
    stage.root.classList.remove("is-dragging");
  };
  const cancel = () => {
    if (listening.signal.aborted) return;
    stop();
    gesture.cancel();
  };
  const onMove = (/** @type {PointerEvent} */ event) => {
    if (event.pointerId !== down.pointerId) return;
    hasMoved ||= Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > stillness;
    if (!hasMoved) return;
    stage.root.classList.add("is-dragging");
    gesture.move(event);
  };
  const onUp = (/** @type {PointerEvent} */ event) => {
    if (event.pointerId !== down.pointerId) return;
    stop();
    // A card that was dragged by its picture does not open it.
    if (hasMoved && closest(down, ".picture")) swallowClick();
    gesture.end(event, hasMoved);
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    cancel();
  };
  window.addEventListener("pointermove", onMove, options);
  window.addEventListener("pointerup", onUp, options);
  window.addEventListener("pointercancel", cancel, options);
  window.addEventListener("keydown", onKey, { ...options, capture: true });
  return cancel;
}
