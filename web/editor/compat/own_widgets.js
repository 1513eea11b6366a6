// Widgets that packs' scripts make themselves, as objects with `draw`: they stand in a node's list as they are.
import { PackWidget } from "./node_widgets.js";
import { widgetValue } from "../kernels/widget_values.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {PackNode} from "./node.js" */

const LEAST_HEIGHT = 24;

/** Whether a script's object is a widget that draws itself. @param {any} widget */
export function drawsItself(widget) {
  return typeof widget?.draw === "function" && !(widget instanceof PackWidget);
}

/** The height of its row. @param {any} widget @param {PackNode} node */
export function heightOf(widget, node) {
  const height = Number(widget.computeSize?.(node.size[0])?.[1]);
  return Number.isFinite(height) ? Math.max(0, Math.round(height)) + 4 : LEAST_HEIGHT;
}

/**
 * Give a script's object what the page asks of widgets; its value is the script's, and the workflow follows it.
 * @param {PackNode} node
 * @param {any} widget
 * @param {Widget} declared
 * @returns {PackWidget}
 */
export function adopt(node, widget, declared) {
  const held = () => JSON.stringify(widget.value ?? null);
  const stored = () => widgetValue(node.stored, widget.declared) ?? null;
  const more = {
    declared: { value: declared, writable: true },
    isTakenOut: { value: false, writable: true },
    measure: {
      value() {
        const height = heightOf(widget, node);
        if (height === widget.declared.options.height) return;
        widget.declared = { ...widget.declared, options: { ...widget.declared.options, height } };
        node.graph.changeWidget(node, widget.declared, { options: widget.declared.options });
      },
    },
    unsaved: { get: () => (widget.declared.sends && held() !== JSON.stringify(stored()) ? structuredClone(widget.value) : undefined) },
    restore: {
      value() {
        if (widget.declared.sends && stored() !== null && held() !== JSON.stringify(stored())) widget.value = structuredClone(stored());
      },
    },
    take: { value: () => undefined },
    wasWritten: { value: () => held() === JSON.stringify(stored()) },
  };
  for (const [name, property] of Object.entries(more)) Object.defineProperty(widget, name, { ...property, enumerable: false, configurable: true });
  widget.options ??= {};
  widget.type ??= "custom";
  return widget;
}
