// Paints links, groups and, zoomed out, the nodes' boxes on one canvas.
import { drawCurve } from "../kernels/curves.js";
import { contains, grown, visibleWorld } from "../kernels/geometry.js";
import { emphasis } from "../kernels/repainting.js";
import { groupRect, visibleLinks, visibleNodes } from "../kernels/scene.js";
import { paintBox } from "./box_painter.js";
import { typeColour } from "./theme.js";
/** @import {Rect, Viewport} from "../kernels/geometry.js" */
/** @import {Shown} from "../kernels/repainting.js" */
/** @import {NodeRun} from "../kernels/run_cards.js" */
/** @import {Scene, SceneLink, SceneNode} from "../kernels/scene.js" */
/** @import {Theme} from "./theme.js" */

const BEND_RADIUS = 6;
// A bend smaller than this cannot be seen.
const STRAIGHT_PIXELS = 6;

/** @typedef {Shown & View} Picture what there is to paint */
/**
 * @typedef {object} View
 * @property {Viewport} view
 * @property {{w: number, h: number}} screen
 * @property {Rect} [area] the part to paint, in world units; without it all that the screen shows
 * @property {number | null} selectedBend
 * @property {boolean} palesOthers whether beside a selection all other links are paler
 * @property {(id: string) => boolean} isBox whether a node is painted as a box here, having no card
 * @property {(placed: SceneNode, run: NodeRun | undefined) => readonly ImageBitmap[]} imagesOf the pictures of a box, as far as they have come
 */

/**
 * Paint over what is there.
 * @param {CanvasRenderingContext2D} canvas
 * @param {Picture} picture
 * @param {Theme} theme
 */
export function paint(canvas, picture, theme) {
  const { view, screen, scene } = picture;
  const area = grown(picture.area ?? visibleWorld(view, screen), beyond(view));
  const ratio = devicePixelRatio;
  canvas.setTransform(view.scale * ratio, 0, 0, view.scale * ratio, view.x * ratio, view.y * ratio);
  paintGroups(canvas, scene, theme);
  paintLinks(canvas, picture, area, theme);
  paintBends(canvas, picture, area, theme);
  for (const placed of visibleNodes(scene, area)) {
    if (picture.isBox(placed.id)) paintBox(canvas, placed, picture, theme);
  }
}

/** How far beyond its rectangle anything is painted, in world units. @param {Viewport} view */
export function beyond(view) {
  return BEND_RADIUS + 2 / view.scale;
}

/**
 * @param {CanvasRenderingContext2D} canvas
 * @param {Scene} scene
 * @param {Theme} theme
 */
function paintGroups(canvas, scene, theme) {
  for (const group of scene.groups) {
    const { x, y, w, h } = groupRect(group);
    const colour = group.color || theme.group;
    canvas.globalAlpha = 0.14;
    canvas.fillStyle = colour;
    canvas.beginPath();
    canvas.roundRect(x, y, w, h, 8);
    canvas.fill();
    canvas.globalAlpha = 0.5;
    canvas.strokeStyle = colour;
    canvas.lineWidth = 1;
    canvas.stroke();
    canvas.globalAlpha = 1;
    canvas.fillStyle = theme.text;
    canvas.font = `600 18px ${theme.font}`;
    canvas.textBaseline = "middle";
    canvas.fillText(cutTo(canvas, group.title ?? "", w - 24), x + 12, y + 18);
  }
}

/** As much of a text as there is room for, in the canvas's font. @param {CanvasRenderingContext2D} canvas @param {string} text @param {number} width */
function cutTo(canvas, text, width) {
  const whole = canvas.measureText(text).width;
  if (whole <= width) return text;
  const letters = Math.floor((text.length * width) / whole) - 1;
  return letters > 0 ? `${text.slice(0, letters)}…` : "";
}

/**
 * Links of one colour are one path: a stroke costs more than its curves.
 * @param {CanvasRenderingContext2D} canvas
 * @param {Picture} picture
 * @param {Rect} area
 * @param {Theme} theme
 */
function paintLinks(canvas, picture, area, theme) {
  const { scene, view, selection, palesOthers } = picture;
  /** @type {Map<string, Path2D>} */
  const plain = new Map();
  /** @type {Map<string, Path2D>} */
  const strong = new Map();
  for (const placed of visibleLinks(scene, area)) {
    const look = emphasis(placed, picture);
    if (look === "hidden") continue;
    const colour = look === "selected" ? theme.accent : typeColour(theme, placed.type);
    addCurve(look === "plain" ? plain : strong, colour, placed, view.scale);
  }
  const width = Math.max(2.25, 1.1 / view.scale);
  strokeAll(canvas, plain, width, palesOthers && selection.size ? 0.55 : 0.8);
  strokeAll(canvas, strong, width * 1.25, 1);
}

/** @param {CanvasRenderingContext2D} canvas @param {Picture} picture @param {Rect} area @param {Theme} theme */
function paintBends(canvas, { scene, selectedBend }, area, theme) {
  for (const bend of scene.bends) {
    if (!contains(area, bend)) continue;
    canvas.beginPath();
    canvas.arc(bend.x, bend.y, BEND_RADIUS, 0, 2 * Math.PI);
    canvas.fillStyle = typeColour(theme, bend.type);
    canvas.fill();
    if (bend.id !== selectedBend) continue;
    canvas.strokeStyle = theme.accent;
    canvas.lineWidth = 3;
    canvas.stroke();
  }
}

/**
 * @param {Map<string, Path2D>} paths
 * @param {string} colour
 * @param {SceneLink} placed
 * @param {number} scale
 */
function addCurve(paths, colour, { curve }, scale) {
  let path = paths.get(colour);
  if (!path) {
    path = new Path2D();
    paths.set(colour, path);
  }
  const isTiny = curve.reach * scale < STRAIGHT_PIXELS && !curve.pieces && !curve.lines;
  if (!isTiny) return drawCurve(path, curve);
  path.moveTo(curve.from.x, curve.from.y);
  path.lineTo(curve.to.x, curve.to.y);
}

/**
 * Stroke the paths, always in the same order, so that a part painted anew crosses links as the rest does.
 * @param {CanvasRenderingContext2D} canvas
 * @param {Map<string, Path2D>} paths
 * @param {number} width
 * @param {number} alpha
 */
function strokeAll(canvas, paths, width, alpha) {
  canvas.lineWidth = width;
  canvas.lineCap = "round";
  canvas.globalAlpha = alpha;
  for (const colour of [...paths.keys()].sort()) {
    canvas.strokeStyle = colour;
    canvas.stroke(/** @type {Path2D} */ (paths.get(colour)));
  }
  canvas.globalAlpha = 1;
}
