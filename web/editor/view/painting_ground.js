// What lies under a painting on its card: the picture linked to the node once it is known, otherwise the ground's colour.
import { findNode } from "../document/workflow.js";
import { faceOf } from "../kernels/faces.js";
import { fedPicture } from "../kernels/painting_base.js";
import { cardsWithin } from "../kernels/run_cards.js";
import { widgetValue } from "../kernels/widget_values.js";
/** @import {Editor} from "../editor.js" */
/** @import {WorkflowNode} from "../document/types.js" */

const COLOUR = /^#[0-9a-f]{3,8}$/i;

/** What each area shows the ground of. @type {WeakMap<HTMLElement, {graph: object, runs: object}>} */
const shown = new WeakMap();

/** @param {Editor} editor @param {string} id of a node with a painting @param {HTMLElement} area where the painting is shown */
export function showGround(editor, id, area) {
  const { graph } = editor.document;
  const runs = editor.runs.state.value.nodes;
  const before = shown.get(area);
  if (before?.graph === graph && before.runs === runs) return;
  shown.set(area, { graph, runs });
  const node = findNode(graph, id);
  const ground = node ? groundOf(editor, node) : "";
  if (area.style.getPropertyValue("--ground-picture") !== ground) area.style.setProperty("--ground-picture", ground);
}

/** @param {Editor} editor @param {WorkflowNode} node @returns {string} as a background in CSS; empty where it is not known yet */
function groundOf(editor, node) {
  const { graph, scopePath } = editor.document;
  const definitions = editor.definitions.value;
  const fed = fedPicture(graph, node, "image", definitions, cardsWithin(editor.runs.state.value.nodes, scopePath));
  if (fed) return `url("${editor.server.viewUrl(fed, "", { channel: "rgb" })}")`;
  const { inputs, widgets } = faceOf(graph, node, definitions);
  if (inputs.some((slot) => slot.name === "image" && slot.link !== null)) return "";
  const value = (/** @type {string} */ name) => {
    const widget = widgets.find((item) => item.name === name);
    return widget && widgetValue(node, widget);
  };
  const colour = String(value("bg_color"));
  return COLOUR.test(colour) ? plain(Number(value("width")) || 1, Number(value("height")) || 1, colour) : "";
}

/** An even picture of a size, so that it is fitted like one. @param {number} w @param {number} h @param {string} colour */
function plain(w, h, colour) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><rect width="100%" height="100%" fill="${colour}"/></svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
}
