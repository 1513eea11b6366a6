// What the right button offers first: for the picture, the value or the slot that was pressed, and what packs' scripts add.
import { promotionActions } from "./inside.js";
import { pictureItems } from "./pictures.js";
import { slotItems } from "./slots.js";
import { turningActions } from "./turning.js";
/** @import {Editor} from "../editor.js" */
/** @import {Pressed} from "../gestures/context_menu.js" */
/** @import {Own} from "../panels/context_menu.js" */
/** @import {OpenSearch} from "../panels/connect_slots.js" */
/** @import {Stage} from "../view/stage.js" */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {Pressed} pressed
 * @param {OpenSearch} openSearch
 * @returns {Own[]}
 */
export function itemsOf(editor, stage, pressed, openSearch) {
  const { place, node } = pressed;
  const added = node || place === "empty" ? editor.menuAdders.flatMap((itemsFor) => itemsFor(node)) : [];
  return [...pictureItems(editor, stage, pressed), ...partItems(editor, stage, pressed, openSearch), ...added];
}

/** For one value or slot of a card. @param {Editor} editor @param {Stage} stage @param {Pressed} pressed @param {OpenSearch} openSearch @returns {Own[]} */
function partItems(editor, stage, { node, value, slot }, openSearch) {
  const name = value ?? (slot?.side === "input" ? slot.slot.name : undefined);
  const actions = node && name ? [...promotionActions(editor, node, name), ...turningActions(editor, node, name)] : [];
  const items = [...(slot ? slotItems(editor, stage, slot, openSearch) : []), ...actions];
  return items.length ? [{ heading: String(value ?? (slot?.slot.label || slot?.slot.type)).replaceAll("_", " "), items }] : [];
}
