// Showing cards whole beside what lies over the canvas: open panels and the minimap.
import { fitView, overlaps } from "./geometry.js";
/** @import {Rect, Viewport} from "./geometry.js" */

/** @typedef {{top: number, right: number, bottom: number, left: number}} Margin screen pixels kept free */
/** @typedef {{margin: Margin, view: Viewport, area: number}} Fitted `area`: the screen's pixels that are left */

const GAP = 14;
// Where what is free is smaller than this, or the cards would be shown much smaller, they may as well be covered.
const LEAST_ROOM = 200;
const LEAST_SHARE = 0.55;

/**
 * @param {Rect | null} bounds around everything, in world units
 * @param {readonly Rect[]} cards in world units
 * @param {{w: number, h: number}} screen
 * @param {Margin} margin
 * @param {readonly Rect[]} covers what lies over the screen, in its pixels
 * @returns {Viewport}
 */
export function fitBeside(bounds, cards, screen, margin, covers) {
  const whole = fitted(bounds, screen, margin);
  let best = whole;
  const largestFirst = [...covers].sort((one, other) => other.w * other.h - one.w * one.h);
  // What makes way for one may come under another by that.
  for (const cover of [...largestFirst, ...largestFirst]) {
    if (!bounds || !isCovered(cards, best.view, cover)) continue;
    const tried = marginsBeside(best.margin, screen, cover).map((free) => fitted(bounds, screen, free));
    const roomy = tried.filter(({ view }) => view.scale >= LEAST_SHARE * whole.view.scale);
    best = roomy.sort((one, other) => other.view.scale - one.view.scale || other.area - one.area)[0] ?? best;
  }
  return best.view;
}

/** @param {Rect | null} bounds @param {{w: number, h: number}} screen @param {Margin} margin @returns {Fitted} */
function fitted(bounds, screen, margin) {
  return { margin, view: fitView(bounds, screen, margin), area: (screen.w - margin.left - margin.right) * (screen.h - margin.top - margin.bottom) };
}

/** The margins that leave all of what covers the screen outside, on one side of it each. @param {Margin} margin @param {{w: number, h: number}} screen @param {Rect} cover */
function marginsBeside(margin, screen, { x, y, w, h }) {
  const wider = [
    { ...margin, left: Math.max(margin.left, x + w + GAP) },
    { ...margin, right: Math.max(margin.right, screen.w - x + GAP) },
    { ...margin, top: Math.max(margin.top, y + h + GAP) },
    { ...margin, bottom: Math.max(margin.bottom, screen.h - y + GAP) },
  ];
  return wider.filter(({ left, right, top, bottom }) => screen.w - left - right >= LEAST_ROOM && screen.h - top - bottom >= LEAST_ROOM);
}

/** @param {readonly Rect[]} cards @param {Viewport} view @param {Rect} cover */
function isCovered(cards, { x, y, scale }, cover) {
  return cards.some((card) => overlaps({ x: card.x * scale + x, y: card.y * scale + y, w: card.w * scale, h: card.h * scale }, cover));
}
