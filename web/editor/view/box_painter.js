// Paints a node as a box, for where there are no cards: its title, its pictures and what a run does with it.
import { fitted, tiles } from "../kernels/box_places.js";
import { nodeColours } from "../kernels/tints.js";
/** @import {Rect} from "../kernels/geometry.js" */
/** @import {NodeRun} from "../kernels/run_cards.js" */
/** @import {SceneNode} from "../kernels/scene.js" */
/** @import {Picture} from "./painter.js" */
/** @import {Theme} from "./theme.js" */

const READABLE_PIXELS = 10;
const LEAST_PIXELS = 7;
const LETTER_WIDTH = 0.6;
const LEAST_PICTURE_PIXELS = 8;
const PICTURE_MARGIN = 10;
const BAR_PIXELS = 3;

/** @typedef {"accent" | "danger" | "success" | "muted"} Colour */
/** What a box shows of a state: its line around, the bar under its title, the mark in its title. @type {Record<NonNullable<NodeRun["state"]>, {outline?: Colour, bar?: Colour, mark?: string}>} */
const LOOKS = {
  waiting: { mark: "…" },
  running: { outline: "accent", bar: "accent" },
  finished: { bar: "success", mark: "✓" },
  cached: { bar: "muted", mark: "✓" },
  failed: { outline: "danger", bar: "danger", mark: "!" },
  cancelled: { outline: "muted", bar: "muted", mark: "✕" },
};

/**
 * @param {CanvasRenderingContext2D} canvas
 * @param {SceneNode} placed
 * @param {Picture} picture
 * @param {Theme} theme
 */
export function paintBox(canvas, placed, picture, theme) {
  const { id, node, face, layout } = placed;
  const { x, y, w, h } = layout.rect;
  const { scale } = picture.view;
  const run = picture.runs[picture.path + id];
  const look = run?.state ? LOOKS[run.state] : {};
  const isUnknown = face.kind === "unknown";
  canvas.globalAlpha = node.mode === 2 || node.mode === 4 ? 0.45 : 1;
  const { title, body } = nodeColours(node, isUnknown, theme);
  canvas.fillStyle = body;
  canvas.fillRect(x, y, w, h);
  canvas.fillStyle = title;
  if (layout.title) canvas.fillRect(x, y, w, layout.title);
  if (layout.picture && layout.picture.h * scale >= LEAST_PICTURE_PIXELS) paintPictures(canvas, placed, picture, run, theme);
  if (look.bar && layout.title) paintBar(canvas, layout.rect, scale, run, theme[look.bar], theme);
  const outline = look.outline ? theme[look.outline] : picture.selection.has(id) ? theme.accent : "";
  canvas.strokeStyle = outline || theme.outline;
  canvas.lineWidth = (outline ? 2 : 0.75) / scale;
  canvas.strokeRect(x, y, w, h);
  if (layout.title) paintTitle(canvas, face.title, look.mark ?? "", layout.rect, scale, theme[look.bar ?? "muted"], theme);
  canvas.globalAlpha = 1;
}

/**
 * What the card would show, as far as it has been loaded.
 * @param {CanvasRenderingContext2D} canvas
 * @param {SceneNode} placed
 * @param {Picture} picture
 * @param {NodeRun | undefined} run
 * @param {Theme} theme
 */
function paintPictures(canvas, placed, picture, run, theme) {
  const { rect, picture: place } = placed.layout;
  if (!place) return;
  const area = { x: rect.x + PICTURE_MARGIN, y: rect.y + place.y, w: rect.w - 2 * PICTURE_MARGIN, h: place.h };
  canvas.fillStyle = theme.field;
  canvas.fillRect(area.x, area.y, area.w, area.h);
  const images = picture.imagesOf(placed, run);
  const places = tiles(area, images.length);
  images.forEach((image, index) => {
    const { x, y, w, h } = fitted(image, places[index]);
    canvas.drawImage(image, x, y, w, h);
  });
}

/**
 * How far a node has run, or a whole line once it is over, at the foot of its box, where it covers no title.
 * @param {CanvasRenderingContext2D} canvas
 * @param {Rect} rect
 * @param {number} scale
 * @param {NodeRun | undefined} run
 * @param {string} colour
 * @param {Theme} theme
 */
function paintBar(canvas, { x, y, w, h }, scale, run, colour, theme) {
  const height = Math.min(h / 4, BAR_PIXELS / Math.min(1, scale));
  const share = run?.state !== "running" ? 1 : run.max ? (run.value ?? 0) / run.max : 0;
  canvas.fillStyle = theme.field;
  canvas.fillRect(x, y + h - height, w, height);
  canvas.fillStyle = colour;
  canvas.fillRect(x, y + h - height, w * share, height);
}

/**
 * The title at a size that can be read from afar, as much of it as fits; none where nothing would.
 * @param {CanvasRenderingContext2D} canvas
 * @param {string} title
 * @param {string} mark of its state
 * @param {Rect} rect
 * @param {number} scale
 * @param {string} colour of the mark
 * @param {Theme} theme
 */
function paintTitle(canvas, title, mark, { x, y, w, h }, scale, colour, theme) {
  const size = Math.max(12, Math.min(READABLE_PIXELS / scale, h * 0.4));
  const room = w - size - (mark ? 1.3 * size : 0);
  const letters = Math.floor(room / (size * LETTER_WIDTH));
  if (size * scale < LEAST_PIXELS || letters < 3) return;
  const middle = y + Math.max(15, size * 0.8);
  canvas.font = `600 ${size}px ${theme.font}`;
  canvas.textBaseline = "middle";
  canvas.fillStyle = theme.text;
  canvas.fillText(title.length > letters ? `${title.slice(0, letters - 1)}…` : title, x + size / 2, middle, room);
  if (!mark) return;
  canvas.fillStyle = colour;
  canvas.fillText(mark, x + w - 1.5 * size, middle);
}
