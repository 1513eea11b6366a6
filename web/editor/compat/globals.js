// The global names that packs' scripts use without importing them.
import { TITLE, WIDGET } from "../kernels/layout.js";
import { say } from "../texts/texts.js";
import { NotOfferedError, onlyOffered } from "./blame.js";
import { PackGraph } from "./graph.js";
import { PackNode } from "./node.js";
/** @import {PackApp} from "./app.js" */

const ALWAYS = 0;
const NEVER = 2;
const BYPASS = 4;

/** @param {PackApp} app */
export function offerGlobals(app) {
  const LiteGraph = onlyOffered("LiteGraph", {
    NODE_TITLE_HEIGHT: TITLE,
    NODE_WIDGET_HEIGHT: WIDGET,
    INPUT: 1,
    OUTPUT: 2,
    ALWAYS,
    NEVER,
    BYPASS,
    get registered_node_types() {
      return app.nodeTypes;
    },
    createNode: (/** @type {string} */ type, /** @type {string} */ title = "") => app.graph.addNodeOf({ type, title }),
    registerNodeType: (/** @type {string} */ type) => {
      throw new NotOfferedError(say("packs.no-own-nodes", { type }));
    },
  });
  // A script that draws on the canvas by itself finds nothing to change here, and is told so when it asks.
  const LGraphCanvas = onlyOffered("LGraphCanvas", { prototype: onlyOffered("LGraphCanvas.prototype", {}) });
  Object.assign(window, { app, LiteGraph, LGraphCanvas, LGraph: PackGraph, LGraphNode: PackNode });
}
