// A new node of a class: its slots, its initial values and a size that shows them.
import { faceOf } from "./faces.js";
import { layoutCard } from "./layout.js";
import { schemaOf } from "./schema.js";
import { isSeed } from "./seeds.js";
import { initialValues } from "./widget_values.js";
import { emptyWorkflow } from "../document/workflow.js";
/** @import {NodeDefinition, WorkflowNode} from "../document/types.js" */

const WIDTH = 230;
const WIDE = 320;
const TALL_TEXT = 60;
/** What the row of a seed needs beside its name: twenty digits and two buttons. */
const SEED_ROW = 240;

/**
 * @param {NodeDefinition} definition
 * @param {{x: number, y: number}} at
 * @param {import("./schema.js").Schema} [schema] its inputs, where those that depend on others are to be other than at first
 * @returns {Omit<WorkflowNode, "id">}
 */
export function newNode(definition, at, schema = schemaOf(definition, {})) {
  const { sockets, widgets } = schema;
  const isVirtualReroute = definition.name === "Reroute";
  /** @type {WorkflowNode} */
  const node = {
    id: 0,
    type: definition.name,
    pos: [Math.round(at.x), Math.round(at.y)],
    size: [WIDTH, 0],
    flags: {},
    order: 0,
    mode: 0,
    inputs: sockets.map(({ name, type }) => ({ name, type, link: null })),
    outputs: (definition.output ?? []).map((type, index) => ({
      name: definition.output_name?.[index] ?? String(type),
      type: Array.isArray(type) ? "COMBO" : String(type),
      links: [],
    })),
    properties: { "Node name for S&R": definition.name },
    widgets_values: initialValues(widgets),
  };
  const isTall = widgets.some((widget) => widget.options.multiline);
  const face = faceOf(emptyWorkflow(), node, { [definition.name]: definition });
  const { minHeight } = layoutCard(node, face, face.showsPictures);
  const seed = widgets.find(isSeed);
  const width = isTall || face.showsPictures ? WIDE : Math.max(WIDTH, titleWidth(face.title), seed ? SEED_ROW + seed.name.length * 7 : 0);
  node.size = isVirtualReroute ? [75, 26] : [width, minHeight + (isTall ? TALL_TEXT : 0)];
  const { id: _id, ...rest } = node;
  return rest;
}

/** @param {string} title */
function titleWidth(title) {
  return Math.min(60 + title.length * 8, WIDE);
}
