// Makers of widgets by declared type, as packs' scripts call them.
/** @import {PackNode} from "./node.js" */

/** @typedef {[any, Record<string, any>?]} Declared */

/** Each adds a widget of its type to a node and answers it in a record. */
export const ComfyWidgets = {
  /** @param {PackNode} node @param {string} name @param {Declared} declared */
  INT: (node, name, [, options = {}]) => ({ widget: node.addWidget("number", name, options.default ?? 0, null, { ...options, precision: 0, step2: options.step ?? 1 }) }),
  /** @param {PackNode} node @param {string} name @param {Declared} declared */
  FLOAT: (node, name, [, options = {}]) => ({ widget: node.addWidget("number", name, options.default ?? 0, null, { ...options, step2: options.step ?? 0.1 }) }),
  /** @param {PackNode} node @param {string} name @param {Declared} declared */
  BOOLEAN: (node, name, [, options = {}]) => ({ widget: node.addWidget("toggle", name, options.default ?? false, null, options) }),
  /** @param {PackNode} node @param {string} name @param {Declared} declared */
  STRING: (node, name, [, options = {}]) => ({
    widget: node.addWidget(options.multiline ? "customtext" : "text", name, options.default ?? "", null, options),
  }),
  /** @param {PackNode} node @param {string} name @param {Declared} declared */
  COMBO: (node, name, [type, options = {}]) => {
    const values = Array.isArray(type) ? type : (options.options ?? []);
    return { widget: node.addWidget("combo", name, options.default ?? values[0], null, { ...options, values }) };
  },
};
