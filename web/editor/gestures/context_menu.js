// The right button: selects what it is pressed on and opens the menu for it; with Shift the browser's own comes.
import { groupAt, heldBy } from "../kernels/groups.js";
import { BEND_REACH, bendAt, linkAt, nodeAt } from "../kernels/scene.js";
import { closest } from "../view/dom.js";
import { placeOf } from "./slot_under.js";
import { swallowClick } from "./swallow_click.js";
/** @import {Editor} from "../editor.js" */
/** @import {SlotPlace} from "../kernels/connecting.js" */
/** @import {Place} from "../panels/context_menu.js" */
/** @import {Stage} from "../view/stage.js" */

const LINK_PIXELS = 7;
// A text has the browser's own menu, which pastes and spells.
const OWN_MENU = "input:not([role=spinbutton], [type=checkbox]), textarea, .markdown img, .card-error";
const RIGHT = 2;

/**
 * What the right button was pressed on.
 * @typedef {object} Pressed
 * @property {Place} place
 * @property {string | null} node the card
 * @property {number} picture which of the card's pictures, the first where none was
 * @property {string | undefined} value the name of a value of the card
 * @property {SlotPlace | null} slot
 */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {(pressed: Pressed, at: {x: number, y: number}) => Promise<void>} open
 */
export function attachContextMenu(editor, stage, open) {
  stage.root.addEventListener("contextmenu", (event) => {
    if (closest(event, OWN_MENU) || (event.shiftKey && event.button === RIGHT)) return;
    event.preventDefault();
    // What rested is still down, and the menu may lie under it: to let go presses nothing.
    if (isHeld(event)) swallowClick();
    stage.pressed = stage.pointOf(event);
    const node = closest(event, ".card")?.dataset.node ?? nodeAt(stage.scene, stage.pressed)?.id;
    const place = node ? "card" : choose(editor, stage);
    if (node && !editor.selection.value.has(node)) editor.select([node]);
    const socket = closest(event, ".slot, .widget-row")?.querySelector(".socket");
    const slot = socket instanceof HTMLElement ? placeOf(stage, socket) : null;
    const value = closest(event, ".widget-row")?.dataset.widget;
    void open({ place, node: node ?? null, picture: pictureIndex(event), value, slot }, { x: event.clientX, y: event.clientY });
  });
}

/** Whether what will be let go counts as a click: a finger or pen that rested, or the button that Ctrl makes the right one. @param {MouseEvent} event */
function isHeld(event) {
  return event.ctrlKey || (event instanceof PointerEvent && ["touch", "pen"].includes(event.pointerType));
}

/** Choose the bend, link or group that was pressed. @param {Editor} editor @param {Stage} stage @returns {Place} */
function choose(editor, { scene, pressed, viewport }) {
  const bend = bendAt(scene, pressed, BEND_REACH);
  if (bend) editor.selectBend(bend.id);
  if (bend) return "bend";
  const link = linkAt(scene, pressed, LINK_PIXELS / viewport.value.scale);
  const group = link ? null : groupAt(scene, pressed)?.group;
  if (link) editor.selectLink(link.link.id);
  if (group) editor.selectGroup(scene.groups.indexOf(group), heldBy(scene, group).ids);
  return link ? "link" : group ? "group" : "empty";
}

/** Which of a card's pictures was pressed, the first where none was. @param {Event} event */
function pictureIndex(event) {
  const frame = closest(event, ".picture-frame");
  return frame?.parentElement ? [...frame.parentElement.children].indexOf(frame) : 0;
}
