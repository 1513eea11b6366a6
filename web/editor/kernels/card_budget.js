// Which nodes are shown as cards: as many as a browser moves without effort, and the fewer the smaller they would be.
import { visibleWorld } from "./geometry.js";
import { visibleNodes } from "./scene.js";
/** @import {Viewport} from "./geometry.js" */
/** @import {Scene, SceneNode} from "./scene.js" */

/** From this scale on everything on a card can be read and pressed. */
export const READABLE_SCALE = 0.45;
/** How many cards may be in view, from which scale on. */
const BUDGETS = [
  { from: READABLE_SCALE, most: 100 },
  { from: 0.25, most: 60 },
];
const NEAR_PIXELS = 240;
const TITLE_PIXELS = 12;
const LEAST_PIXELS = 10;
const MOST_ENLARGED = 2;

/**
 * The nodes that get a card: those near the view, or none where painted boxes serve better.
 * @param {Scene} scene
 * @param {Viewport} view
 * @param {{w: number, h: number}} screen
 * @param {boolean} isTouched a finger cannot press what is small: a box leads it to the card
 * @returns {SceneNode[]}
 */
export function nodesWithCards(scene, view, screen, isTouched = false) {
  const most = BUDGETS.find(({ from }) => view.scale >= (isTouched ? Math.max(from, READABLE_SCALE) : from))?.most ?? 0;
  if (!most) return [];
  const inView = visibleNodes(scene, visibleWorld(view, screen));
  if (inView.length > most) return [];
  const near = visibleNodes(scene, visibleWorld(view, screen, NEAR_PIXELS));
  return near.length > 2 * most ? inView : near;
}

/** How many times as large as the rest of a card its title and marks are, so that they can be read from further away. @param {number} scale */
export function enlargement(scale) {
  return Math.min(MOST_ENLARGED, Math.max(1, LEAST_PIXELS / (TITLE_PIXELS * scale)));
}
