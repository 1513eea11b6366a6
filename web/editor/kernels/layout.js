// Where everything sits on a card, in world units, so that canvas and cards agree without measuring the page.
import { nodePosition, nodeSize } from "../document/workflow.js";
import { widgetsInRows } from "./turned_inputs.js";
/** @import {WorkflowNode} from "../document/types.js" */
/** @import {Face, InputFace, OutputFace} from "./faces.js" */
/** @import {Point, Rect} from "./geometry.js" */
/** @import {Widget} from "./schema.js" */

export const TITLE = 30;
export const SLOT = 20;
export const WIDGET = 24;
const PADDING = 6;
const TEXT_MIN = 52;
const ELEMENT = 120;
const WHY_UNKNOWN = 36;
const PICTURE_MIN = 200;
const PICTURE_LEAST_SHOWN = 40;
const COLLAPSED_WIDTH = 180;
const MIN_WIDTH = 140;

/** @typedef {{face: InputFace, y: number}} PlacedInput */
/** @typedef {{face: OutputFace, y: number}} PlacedOutput */
/** @typedef {{widget: Widget, y: number, h: number, input: InputFace | null}} PlacedWidget */

/**
 * A card's outer rectangle (title included) and its rows; every `y` is measured from the card's top.
 * @typedef {object} CardLayout
 * @property {Rect} rect
 * @property {number} title height of the title bar, 0 where there is none
 * @property {boolean} isCollapsed
 * @property {PlacedInput[]} inputs plain sockets
 * @property {PlacedOutput[]} outputs
 * @property {PlacedWidget[]} widgets
 * @property {{y: number, h: number} | null} picture
 * @property {number} minHeight of the body, as stored in a node's size
 */

/**
 * Place a node's rows. A card grows beyond its stored size where its rows or a picture need it; the file is not changed.
 * @param {WorkflowNode} node
 * @param {Face} face
 * @param {boolean} hasPicture
 * @returns {CardLayout}
 */
export function layoutCard(node, face, hasPicture) {
  const [x, y] = nodePosition(node);
  const [width, height] = nodeSize(node);
  if (face.kind === "reroute") return layoutReroute({ x, y, w: Math.max(width, 40), h: Math.max(height, 26) }, face);
  if (node.flags?.collapsed) return layoutCollapsed({ x, y: y - TITLE, w: COLLAPSED_WIDTH, h: TITLE }, face);

  const sockets = face.inputs.filter((input) => !isWidgetInput(input, face));
  const rows = Math.max(sockets.length, face.outputs.length);
  const widgetTop = TITLE + PADDING + rows * SLOT;
  const widgets = widgetsInRows(face);
  const fixed = widgets.reduce((sum, widget) => sum + (leastHeight(widget)), face.kind === "unknown" ? WHY_UNKNOWN : 0);
  const picture = hasPicture ? PICTURE_MIN : 0;
  const minHeight = PADDING + rows * SLOT + fixed + (widgets.length ? PADDING : 0) + picture + (picture ? PADDING : 0);
  const body = Math.max(height, minHeight);

  const tall = widgets.filter(isTall).length;
  const spare = body - minHeight;
  const showsPicture = hasPicture || (face.showsPictures && spare >= PICTURE_LEAST_SHOWN);
  const placed = placeWidgets(face, widgets, widgetTop, tall && !showsPicture ? spare / tall : 0);
  const pictureTop = placed.bottom + (widgets.length ? PADDING : 0);
  return {
    rect: { x, y: y - TITLE, w: Math.max(width, MIN_WIDTH), h: body + TITLE },
    title: TITLE,
    isCollapsed: false,
    inputs: sockets.map((input, index) => ({ face: input, y: slotY(index) })),
    outputs: face.outputs.map((output, index) => ({ face: output, y: slotY(index) })),
    widgets: placed.widgets,
    picture: showsPicture ? { y: pictureTop, h: body + TITLE - pictureTop - PADDING } : null,
    minHeight,
  };
}

/**
 * Where links meet an input, in world units.
 * @param {CardLayout} layout
 * @param {number} index the slot's place in the stored node
 * @returns {Point | null}
 */
export function inputAnchor(layout, index) {
  const { rect } = layout;
  if (layout.isCollapsed) return { x: rect.x, y: rect.y + rect.h / 2 };
  const slot = layout.inputs.find((input) => input.face.index === index);
  if (slot) return { x: rect.x, y: rect.y + slot.y };
  const widget = layout.widgets.find((item) => item.input?.index === index);
  return widget ? { x: rect.x, y: rect.y + widget.y + WIDGET / 2 } : { x: rect.x, y: rect.y + layout.title / 2 };
}

/**
 * Where links leave an output, in world units.
 * @param {CardLayout} layout
 * @param {number} index
 * @returns {Point}
 */
export function outputAnchor(layout, index) {
  const { rect } = layout;
  const slot = layout.isCollapsed ? undefined : layout.outputs[index];
  return { x: rect.x + rect.w, y: rect.y + (slot ? slot.y : layout.isCollapsed ? rect.h / 2 : layout.title / 2) };
}

/** @param {Widget} widget */
export function isTall(widget) {
  return widget.kind === "text" && Boolean(widget.options.multiline);
}

/** @param {Widget} widget */
function leastHeight(widget) {
  if (widget.kind === "element") return widget.options.height ?? ELEMENT;
  return isTall(widget) ? TEXT_MIN : WIDGET;
}

/** @param {number} index */
function slotY(index) {
  return TITLE + PADDING + index * SLOT + SLOT / 2;
}

/**
 * @param {InputFace} input
 * @param {Face} face
 */
function isWidgetInput(input, face) {
  return input.isWidget && !input.isTurned && face.widgets.some((widget) => widget.name === input.name);
}

/**
 * @param {Face} face
 * @param {Widget[]} shown those of its widgets that have rows
 * @param {number} top
 * @param {number} extra height that each multi-line text gets beyond its least
 */
function placeWidgets(face, shown, top, extra) {
  let y = top;
  const widgets = shown.map((widget) => {
    const h = leastHeight(widget) + (isTall(widget) ? extra : 0);
    const input = face.inputs.find((item) => item.isWidget && item.name === widget.name) ?? null;
    const row = { widget, y, h, input };
    y += h;
    return row;
  });
  return { widgets, bottom: y };
}

/** @param {Rect} rect @param {Face} face @returns {CardLayout} */
function layoutCollapsed(rect, face) {
  return {
    rect,
    title: TITLE,
    isCollapsed: true,
    inputs: face.inputs.filter((input) => input.link !== null).map((input) => ({ face: input, y: rect.h / 2 })),
    outputs: face.outputs.filter((output) => output.isLinked).map((output) => ({ face: output, y: rect.h / 2 })),
    widgets: [],
    picture: null,
    minHeight: 0,
  };
}

/** @param {Rect} rect @param {Face} face @returns {CardLayout} */
function layoutReroute(rect, face) {
  return {
    rect,
    title: 0,
    isCollapsed: false,
    inputs: face.inputs.slice(0, 1).map((input) => ({ face: input, y: rect.h / 2 })),
    outputs: face.outputs.slice(0, 1).map((output) => ({ face: output, y: rect.h / 2 })),
    widgets: [],
    picture: null,
    minHeight: 26,
  };
}
