// Names of files to save: %Node.widget% and %date:format% filled in; other marks are left for the server.
import { faceOf } from "./faces.js";
import { widgetValue } from "./widget_values.js";
/** @import {NodeDefinitions, Workflow} from "../document/types.js" */

const LONGEST_VALUE = 128;
const NOT_IN_FILE_NAMES = /[/?<>\\:*|"\u0000-\u001f\u007f]/g;

/**
 * @param {string} text
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {Date} [now]
 */
export function expandFileName(text, workflow, definitions, now = new Date()) {
  return text.replace(/%([^%]+)%/g, (whole, inner) => {
    if (inner.startsWith("date:")) return formatDate(inner.slice("date:".length), now);
    const dot = inner.indexOf(".");
    const value = dot < 0 ? undefined : namedValue(workflow, definitions, inner.slice(0, dot), inner.slice(dot + 1));
    return value === undefined ? whole : shortened(String(value).replace(NOT_IN_FILE_NAMES, "_"));
  });
}

/** As much of a text as a file's name has room for: so many bytes of UTF-8. @param {string} text */
function shortened(text) {
  const bytes = new TextEncoder().encode(text);
  return bytes.length <= LONGEST_VALUE ? text : new TextDecoder().decode(bytes.subarray(0, LONGEST_VALUE), { stream: true });
}

/**
 * The widget value of the node with this name: the name kept for search and replace first, then its title.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {string} nodeName
 * @param {string} widgetName
 */
function namedValue(workflow, definitions, nodeName, widgetName) {
  const node =
    workflow.nodes.find((item) => item.properties?.["Node name for S&R"] === nodeName) ??
    workflow.nodes.find((item) => item.title === nodeName);
  const widget = node && faceOf(workflow, node, definitions).widgets.find((item) => item.name === widgetName);
  return node && widget ? widgetValue(node, widget) : undefined;
}

/**
 * @param {string} format as in yyyy-MM-dd hh:mm:ss
 * @param {Date} date
 */
function formatDate(format, date) {
  /** @type {Record<string, number>} */
  const parts = {
    y: date.getFullYear(),
    M: date.getMonth() + 1,
    d: date.getDate(),
    h: date.getHours(),
    m: date.getMinutes(),
    s: date.getSeconds(),
  };
  return format.replace(/y+|M+|d+|h+|m+|s+/g, (mark) => {
    const digits = String(parts[mark[0]]);
    return mark[0] === "y" ? digits.padStart(4, "0").slice(-mark.length) : digits.padStart(mark.length, "0");
  });
}
