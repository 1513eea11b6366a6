// The global names that packs' scripts use without importing them.
import { areCompatible } from "../kernels/types.js";
import { onlyOffered } from "./blame.js";
import { $el, ComfyDialog } from "./elements.js";
import { ComfyButton, ComfyButtonGroup } from "./buttons.js";
import { canvasClass } from "./canvas.js";
import { LITEGRAPH } from "./constants.js";
import { contextMenuClass } from "./context_menu.js";
import { PackGraph } from "./graph.js";
import { PackNode } from "./node.js";
import { addStylesheet, applyTextReplacements, clone, getStorageValue, prop, setStorageValue, uploadFile } from "./utils.js";
import { convertToInput, getWidgetConfig, mergeIfValid, setWidgetConfig } from "./widget_inputs.js";
import { ComfyWidgets } from "./widget_makers.js";
/** @import {PackApp} from "./app.js" */

/** @param {PackApp} app */
export function offerGlobals(app) {
  const LGraphCanvas = canvasClass(app.blame, () => app.canvas);
  const LiteGraph = onlyOffered("LiteGraph", {
    ...LITEGRAPH,
    LGraph: PackGraph,
    LGraphNode: PackNode,
    LGraphCanvas,
    ContextMenu: contextMenuClass(app),
    get registered_node_types() {
      return app.nodeTypes;
    },
    getNodeType: (/** @type {string} */ type) => app.nodeTypes[type],
    createNode: (/** @type {string} */ type, /** @type {string} */ title = "") => app.graph.addNodeOf({ type, title }),
    registerNodeType: (/** @type {string} */ type, /** @type {any} */ nodeClass) => app.ownClasses.register(type, nodeClass),
    getTime: () => performance.now(),
    cloneObject: (/** @type {any} */ value, /** @type {any} */ into) => (into ? Object.assign(into, structuredClone(value)) : structuredClone(value)),
    isValidConnection: (/** @type {any} */ given, /** @type {any} */ wanted) => areCompatible(String(given), String(wanted)),
    uuidv4: () => crypto.randomUUID(),
  });
  const comfyAPI = {
    app: { app, ComfyApp: app.constructor },
    api: { api: app.api, ComfyApi: app.api.constructor },
    ui: { $el, ComfyDialog },
    dialog: { ComfyDialog },
    widgets: { ComfyWidgets },
    widgetInputs: { convertToInput, getWidgetConfig, mergeIfValid, setWidgetConfig },
    utils: { addStylesheet, applyTextReplacements, clone, getStorageValue, prop, setStorageValue, uploadFile },
    button: { ComfyButton },
    buttonGroup: { ComfyButtonGroup },
  };
  app.globals = { LiteGraph };
  Object.assign(window, { app, comfyAPI, LiteGraph, LGraphCanvas, LGraph: PackGraph, LGraphNode: PackNode });
}
