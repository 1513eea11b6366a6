// Node types that exist in the editor only and never reach a prompt: reroutes, primitives, notes.
/** @import {NodeDefinition} from "../document/types.js" */

/** @type {Record<string, NodeDefinition>} */
export const VIRTUAL_NODES = {
  Reroute: {
    name: "Reroute",
    display_name: "Reroute",
    description: "A bend in a link.",
    category: "utils",
    input: { required: { "": ["*", { label: "" }] } },
    output: ["*"],
    output_name: [""],
  },
  PrimitiveNode: {
    name: "PrimitiveNode",
    display_name: "Primitive",
    description: "One value that feeds several widgets.",
    category: "utils",
    input: {},
    output: ["*"],
    output_name: ["connect to widget"],
  },
  Note: {
    name: "Note",
    display_name: "Note",
    description: "Words for whoever reads the workflow.",
    category: "utils",
    input: { required: { "": ["STRING", { multiline: true }] } },
    output: [],
  },
  MarkdownNote: {
    name: "MarkdownNote",
    display_name: "Markdown note",
    description: "Words for whoever reads the workflow, in Markdown.",
    category: "utils",
    input: { required: { "": ["STRING", { multiline: true, markdown: true }] } },
    output: [],
  },
};

/** @param {string} type */
export function isVirtual(type) {
  return Object.hasOwn(VIRTUAL_NODES, type);
}
