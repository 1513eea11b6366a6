// The whole workflow drawn as SVG (W3C SVG 1.1): groups, links, and every card with its slots, values and picture.
import { tiles } from "./box_places.js";
import { boundsOf } from "./geometry.js";
import { curvePath } from "./curves.js";
import { markdownRows } from "./markdown_rows.js";
import { groupRect } from "./scene.js";
import { cut as cutTo, rowsOf, widthOf } from "./text_rows.js";
import { nodeColours } from "./tints.js";
import { widgetValue } from "./widget_values.js";
/** @import {Theme} from "../view/theme.js" */
/** @import {PlacedWidget} from "./layout.js" */
/** @import {Scene, SceneNode} from "./scene.js" */

const MARGIN = 40;
const SIZE = 12;
const LEADING = 4; // of lines, beside the font's size
const ROUND = 8;

/**
 * @typedef {object} Drawing
 * @property {Theme} theme
 * @property {(type: string) => string} colourOf the colour of a link or slot type
 * @property {Map<string, string[]>} pictures data addresses of pictures by node
 * @property {string} metadata JSON that the file carries
 */

/**
 * @param {Scene} scene
 * @param {Drawing} drawing
 * @returns {{text: string, width: number, height: number}} sizes in world units
 */
export function drawScene(scene, drawing) {
  const { theme, colourOf } = drawing;
  const nodes = [...scene.nodes.values()];
  const bounds = boundsOf([...nodes.map((placed) => placed.layout.rect), ...scene.groups.map(groupRect)]) ?? { x: 0, y: 0, w: 200, h: 120 };
  const [x, y] = [Math.floor(bounds.x - MARGIN), Math.floor(bounds.y - MARGIN)];
  const [width, height] = [Math.ceil(bounds.w + 2 * MARGIN), Math.ceil(bounds.h + 2 * MARGIN)];
  const groups = scene.groups.map((group) => {
    const rect = groupRect(group);
    const colour = group.color || theme.group;
    return box(rect, { fill: colour, "fill-opacity": 0.14, stroke: colour, "stroke-opacity": 0.5 }) + words(group.title ?? "", rect.x + 12, rect.y + 24, { fill: theme.text, "font-size": 18, "font-weight": 600 });
  });
  const links = scene.links.map(({ type, curve }) => tag("path", { d: curvePath(curve), fill: "none", stroke: colourOf(type), "stroke-width": 2.25, "stroke-opacity": 0.85 }));
  const text = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}" font-family="${escaped(theme.font)}" font-size="${SIZE}">`,
    `<metadata><![CDATA[${drawing.metadata.replaceAll("]]>", "]]\\u003e")}]]></metadata>`,
    tag("rect", { x, y, width, height, fill: theme.ground }),
    ...groups,
    ...links,
    ...nodes.map((placed) => drawCard(placed, drawing)),
    "</svg>",
  ];
  return { text: text.join("\n"), width, height };
}

/** @param {SceneNode} placed @param {Drawing} drawing */
function drawCard({ id, node, face, layout }, drawing) {
  const { theme, colourOf } = drawing;
  const { rect } = layout;
  const isUnknown = face.kind === "unknown";
  const { title, body } = nodeColours(node, isUnknown, theme);
  const parts = [box(rect, { fill: body, stroke: isUnknown ? theme.danger : theme.outline })];
  if (layout.title) {
    parts.push(box({ ...rect, h: layout.title }, { fill: title }));
    parts.push(words(cut(face.title, rect.w - 20), rect.x + 10, rect.y + layout.title / 2 + 4, { fill: theme.text, "font-weight": 600 }));
  }
  const label = { fill: theme.text };
  for (const { face: input, y } of layout.inputs) {
    parts.push(dot(rect.x, rect.y + y, colourOf(input.type)), words(cut(input.label, rect.w / 2), rect.x + 12, rect.y + y + 4, label));
  }
  for (const { face: output, y } of layout.outputs) {
    parts.push(dot(rect.x + rect.w, rect.y + y, colourOf(output.type)));
    parts.push(words(cut(output.label, rect.w / 2), rect.x + rect.w - 12, rect.y + y + 4, { ...label, "text-anchor": "end" }));
  }
  for (const item of layout.widgets) parts.push(drawWidget(item, { x: rect.x, y: rect.y, w: rect.w }, widgetValue(node, item.widget), drawing));
  const pictures = drawing.pictures.get(id) ?? [];
  if (layout.picture) {
    const places = tiles({ x: rect.x + 8, y: rect.y + layout.picture.y, w: rect.w - 16, h: layout.picture.h }, pictures.length);
    places.forEach(({ x, y, w, h }, index) => parts.push(tag("image", { x, y, width: w, height: h, href: pictures[index], preserveAspectRatio: "xMidYMid meet" })));
  }
  return tag("g", node.mode === 2 || node.mode === 4 ? { opacity: 0.5 } : {}, parts.join(""));
}

/** @param {PlacedWidget} item @param {{x: number, y: number, w: number}} at @param {any} value @param {Drawing} drawing */
function drawWidget({ widget, y, h, input }, { x, y: top, w }, value, { theme, colourOf }) {
  const field = { x: x + 10, y: top + y + 1, w: w - 20, h: h - 3 };
  const parts = [box(field, { fill: theme.field, stroke: theme.outline }, 5)];
  if (input?.link != null) parts.push(dot(x, top + y + h / 2, colourOf(input.type)));
  const shown = value === null || value === undefined ? "" : String(value);
  if (widget.kind === "text" && h > 30) return parts.join("") + drawText(shown, widget.options.markdown, field, theme);
  const middle = field.y + field.h / 2 + 4;
  const name = widget.name.replaceAll("_", " ");
  parts.push(words(cut(name, field.w / 2), field.x + 8, middle, { fill: theme.muted }));
  parts.push(words(cut(shown, field.w - 24 - Math.min(widthOf(name, SIZE), field.w / 2)), field.x + field.w - 8, middle, { fill: theme.text, "text-anchor": "end" }));
  return parts.join("");
}

/** A text of several lines, as far as its field reaches. @param {string} text @param {boolean} isMarkdown @param {{x: number, y: number, w: number, h: number}} field @param {Theme} theme */
function drawText(text, isMarkdown, field, theme) {
  const width = field.w - 16;
  const plain = () => rowsOf([{ text, look: "" }], width, SIZE).map((row) => ({ row, size: SIZE, indent: 0, above: 0 }));
  /** @type {Record<string, Record<string, string | number>>} */
  const looks = { strong: { "font-weight": 600 }, em: { "font-style": "italic" }, link: { fill: theme.accent, "text-decoration": "underline" }, code: { "font-family": "monospace" } };
  let bottom = field.y + 2;
  const drawn = [];
  for (const { row, size, indent, above } of isMarkdown ? markdownRows(text, width) : plain()) {
    bottom += above + size + LEADING;
    if (bottom > field.y + field.h && drawn.length) break;
    const spans = row.map(({ text: run, look }) => tag("tspan", looks[look] ?? {}, escaped(run)));
    if (row.length) drawn.push(tag("text", { x: field.x + 8 + indent, y: bottom - LEADING + 1, fill: theme.text, "font-size": size, "xml:space": "preserve" }, spans.join("")));
  }
  return drawn.join("");
}

/** @param {string} text @param {number} width */
function cut(text, width) {
  return cutTo(text, width, SIZE);
}

/** @param {{x: number, y: number, w: number, h: number}} rect @param {Record<string, string | number>} style @param {number} [round] */
function box({ x, y, w, h }, style, round = ROUND) {
  return tag("rect", { x, y, width: w, height: h, rx: round, ...style });
}

/** @param {number} x @param {number} y @param {string} colour */
function dot(x, y, colour) {
  return tag("circle", { cx: x, cy: y, r: 5, fill: colour });
}

/** @param {string} text @param {number} x @param {number} y @param {Record<string, string | number>} style */
function words(text, x, y, style) {
  return text ? tag("text", { x, y, ...style }, escaped(text)) : "";
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [content] */
function tag(name, attributes, content = "") {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join("")}>${content}</${name}>`;
}

/** Text as XML holds it; characters that XML does not know are left out. @param {string} text */
function escaped(text) {
  return text
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
    .replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
