// The minimap: nodes, links, groups, the selection and the view; a drag on it moves the view. It is painted when the graph changes, not with the view.
import { boundsOf, visibleWorld } from "../kernels/geometry.js";
import { mapOf, onMap, viewAt } from "../kernels/minimap.js";
import { groupRect } from "../kernels/scene.js";
import { nodeColours } from "../kernels/tints.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { onThemeChange, typeColour } from "../view/theme.js";
/** @import {Editor} from "../editor.js" */
/** @import {Rect, Viewport} from "../kernels/geometry.js" */
/** @import {SceneLink, SceneNode} from "../kernels/scene.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Theme} from "../view/theme.js" */

const SIZE = { w: 200, h: 130 };
const LEAST_PIXELS = 2;
// More would cover the nodes, and take long.
const MOST_LINKS = 1000;

/**
 * @param {HTMLElement} root
 * @param {Editor} editor
 * @param {Stage} stage
 */
export function makeMinimap(root, editor, stage) {
  const canvas = element("canvas", { width: SIZE.w * devicePixelRatio, height: SIZE.h * devicePixelRatio });
  const frame = element("div", { class: "minimap-view" });
  const box = element("aside", { class: "minimap", "aria-label": say("minimap.label") }, canvas, frame);
  /** @type {Rect | null} */
  let bounds = null;
  let map = mapOf(bounds, SIZE);
  let isPlanned = false;
  const showView = () => {
    const { x, y, w, h } = onMap(visibleWorld(stage.viewport.value, stage.screen), map);
    Object.assign(frame.style, { transform: `translate(${x}px, ${y}px)`, width: `${w}px`, height: `${h}px` });
  };
  const paint = () => {
    isPlanned = false;
    if (box.hidden) return;
    bounds = boundsOf([...[...stage.scene.nodes.values()].map(({ layout }) => layout.rect), ...stage.scene.groups.map(groupRect)]);
    map = mapOf(bounds, SIZE);
    paintMap(canvas, stage, map);
    showView();
  };
  const plan = () => {
    if (!isPlanned && !box.hidden) requestAnimationFrame(paint);
    isPlanned = !box.hidden;
  };
  const follow = () => {
    box.hidden = !editor.settings.get("skein.minimap");
    plan();
  };
  for (const source of [editor.document.current, editor.document.scope, editor.definitions, editor.selection]) source.subscribe(plan);
  stage.viewport.subscribe(() => !box.hidden && showView());
  onThemeChange(plan);
  editor.settings.of("skein.minimap").subscribe(follow);
  attachDrag(box, (point) => {
    stage.viewport.value = viewAt(point, bounds, map, stage.viewport.value, stage.screen);
  });
  root.append(box);
  follow();
}

/** @param {HTMLCanvasElement} canvas @param {Stage} stage @param {Viewport} map */
function paintMap(canvas, { scene, theme, editor }, map) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const nodes = [...scene.nodes.values()];
  const groups = scene.groups.map((group) => ({ rect: groupRect(group), colour: group.color || theme.group }));
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, SIZE.w, SIZE.h);
  const fill = (/** @type {Rect} */ rect, /** @type {string} */ colour) => {
    const { x, y, w, h } = onMap(rect, map);
    context.fillStyle = colour;
    context.fillRect(x, y, Math.max(w, LEAST_PIXELS), Math.max(h, LEAST_PIXELS));
  };
  context.globalAlpha = 0.3;
  for (const { rect, colour } of groups) fill(rect, colour);
  context.globalAlpha = 0.6;
  if (scene.links.length <= MOST_LINKS) paintLinks(context, scene.links, map, theme);
  context.globalAlpha = 0.85;
  for (const { id, node, face, layout } of nodes) fill(layout.rect, colourOf({ id, node, face }, editor.selection.value, theme));
  context.globalAlpha = 1;
}

/** @param {Pick<SceneNode, "id" | "node" | "face">} placed @param {ReadonlySet<string>} selection @param {Theme} theme */
function colourOf({ id, node, face }, selection, theme) {
  if (selection.has(id)) return theme.accent;
  if (face.kind === "unknown") return theme.danger;
  return node.color || node.bgcolor ? nodeColours(node, false, theme).body : theme.muted;
}

/** Links as straight lines. @param {CanvasRenderingContext2D} context @param {SceneLink[]} links @param {Viewport} map @param {Theme} theme */
function paintLinks(context, links, map, theme) {
  context.lineWidth = 1;
  for (const { type, curve: { from, to } } of links) {
    const { x, y, w, h } = onMap({ ...from, w: to.x - from.x, h: to.y - from.y }, map);
    context.strokeStyle = typeColour(theme, type);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + w, y + h);
    context.stroke();
  }
}

/** @param {HTMLElement} box @param {(point: {x: number, y: number}) => void} go */
function attachDrag(box, go) {
  const follow = (/** @type {PointerEvent} */ event) => {
    const { left, top } = box.getBoundingClientRect();
    go({ x: event.clientX - left - box.clientLeft, y: event.clientY - top - box.clientTop });
  };
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    box.setPointerCapture(event.pointerId);
    follow(event);
  });
  box.addEventListener("pointermove", (event) => box.hasPointerCapture(event.pointerId) && follow(event));
}
