// What a workflow asks for that this server does not have: node classes, and files that its widgets name.
import { definitionOf } from "./faces.js";
import { modelKind } from "./model_kinds.js";
import { nearestNames } from "./near_names.js";
import { schemaOf } from "./schema.js";
import { widgetValue } from "./widget_values.js";
/** @import {NodeDefinitions, Workflow, WorkflowNode} from "../document/types.js" */

const MOST_NEAR = 3;

/**
 * @typedef {object} MissingClass
 * @property {string} type
 * @property {string[]} nodes ids of the nodes of this class; of nodes inside subgraphs that of the subgraph's instance
 * @property {string} pack the pack that the workflow names, with its version; "" where it names none
 * @property {string[]} near classes with a like name
 */

/**
 * @typedef {object} MissingFile
 * @property {string} type the node class
 * @property {string} widget
 * @property {string} value
 * @property {string[]} nodes
 * @property {string[]} near files with a like name
 * @property {string} url where the workflow says that it can be had, or ""
 * @property {string} hash with its kind, or ""
 * @property {string} folder or ""
 * @property {string} kind the kind of model that the widget chooses from or the workflow names, or ""
 * @property {string} sha256 or its first ten digits, or ""
 * @property {string} digits of a hash of any kind, or ""
 */

/** @typedef {{classes: MissingClass[], files: MissingFile[]}} Missing */
/** @typedef {{name?: string, url?: string, directory?: string, hash?: string, hash_type?: string}} NamedModel */
/** @typedef {{node: WorkflowNode, shownAs: string}} Found */

/**
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @returns {Missing}
 */
export function findMissing(workflow, definitions) {
  const subgraphs = workflow.definitions?.subgraphs ?? [];
  const known = new Set(subgraphs.map((subgraph) => subgraph.id));
  const classes = new Map();
  const files = new Map();
  for (const found of everyNode(workflow)) {
    const { type } = found.node;
    if (known.has(type) || type.startsWith("workflow>") || type.startsWith("workflow/")) continue;
    if (definitionOf(definitions, type)) collectFiles(found, definitions, workflow, files);
    else collectClass(found, definitions, classes);
  }
  return { classes: [...classes.values()], files: [...files.values()] };
}

/**
 * The workflow with another class in place of one that is missing; slots and values stay.
 * @param {Workflow} workflow
 * @param {string} type
 * @param {string} replacement
 */
export function replaceClass(workflow, type, replacement) {
  return mapEveryNode(workflow, (node) => (node.type === type ? { ...node, type: replacement } : node));
}

/**
 * The workflow with another file wherever nodes of a class name the missing one.
 * @param {Workflow} workflow
 * @param {MissingFile} missing
 * @param {string} replacement
 * @param {NodeDefinitions} definitions
 */
export function replaceFile(workflow, missing, replacement, definitions) {
  const definition = definitionOf(definitions, missing.type);
  if (!definition) return workflow;
  return mapEveryNode(workflow, (node) => {
    const widget = node.type === missing.type ? schemaOf(definition, node).widgets.find((item) => item.name === missing.widget) : undefined;
    if (!widget || widgetValue(node, widget) !== missing.value) return node;
    const { widgets_values: stored, widgets_values_named: named } = node;
    const values = Array.isArray(stored) ? stored.map((value, slot) => (slot === widget.slot ? replacement : value)) : { ...stored, [widget.name]: replacement };
    return { ...node, widgets_values: values, ...(named ? { widgets_values_named: { ...named, [widget.name]: replacement } } : {}) };
  });
}

/** Every node, also those inside subgraphs. @param {Workflow} workflow @returns {Found[]} */
export function everyNode(workflow) {
  const found = workflow.nodes.map((node) => ({ node, shownAs: String(node.id) }));
  for (const subgraph of /** @type {any[]} */ (workflow.definitions?.subgraphs ?? [])) {
    const instance = workflow.nodes.find((node) => node.type === subgraph.id);
    for (const node of subgraph.nodes ?? []) found.push({ node, shownAs: instance ? String(instance.id) : "" });
  }
  return found;
}

/**
 * @param {Workflow} workflow
 * @param {(node: WorkflowNode) => WorkflowNode} change
 * @returns {Workflow}
 */
function mapEveryNode(workflow, change) {
  const changed = { ...workflow, nodes: workflow.nodes.map(change) };
  const subgraphs = /** @type {any[] | undefined} */ (workflow.definitions?.subgraphs);
  if (!subgraphs) return changed;
  const inner = subgraphs.map((subgraph) => ({ ...subgraph, nodes: (subgraph.nodes ?? []).map(change) }));
  return { ...changed, definitions: { ...workflow.definitions, subgraphs: inner } };
}

/** @param {Found} found @param {NodeDefinitions} definitions @param {Map<string, MissingClass>} classes */
function collectClass({ node, shownAs }, definitions, classes) {
  const { type, properties = {} } = node;
  let missing = classes.get(type);
  if (!missing) {
    const pack = [properties.cnr_id ?? properties.aux_id, properties.ver].filter(Boolean).join(" ");
    missing = { type, nodes: [], pack, near: nearestNames(type, Object.keys(definitions), 0.5).slice(0, MOST_NEAR) };
    classes.set(type, missing);
  }
  if (!missing.nodes.includes(shownAs)) missing.nodes.push(shownAs);
}

/**
 * @param {Found} found
 * @param {NodeDefinitions} definitions
 * @param {Workflow} workflow
 * @param {Map<string, MissingFile>} files
 */
function collectFiles({ node, shownAs }, definitions, workflow, files) {
  const definition = definitionOf(definitions, node.type);
  for (const widget of definition ? schemaOf(definition, node).widgets : []) {
    const value = widgetValue(node, widget);
    const isFed = node.inputs?.some((input) => input.widget?.name === widget.name && input.link != null);
    if (widget.kind !== "choice" || typeof value !== "string" || isFed || widget.choices.includes(value)) continue;
    if (!/\.\w{2,12}( \[\w+\])?$/.test(value)) continue;
    const key = JSON.stringify([node.type, widget.name, value]);
    const named = namedModel(node, workflow, value);
    const missing = files.get(key) ?? {
      type: node.type,
      widget: widget.name,
      value,
      nodes: [],
      near: nearestNames(value, widget.choices).slice(0, MOST_NEAR),
      url: named?.url ?? "",
      hash: hashOf(named),
      folder: named?.directory ?? "",
      kind: named?.directory || modelKind(widget.name),
      sha256: sha256Of(named),
      digits: digitsOf(named),
    };
    files.set(key, { ...missing, nodes: [...new Set([...missing.nodes, shownAs])] });
  }
}

/** The hash as people read it. @param {NamedModel | undefined} named */
export function hashOf(named) {
  return named?.hash ? `${named.hash_type ?? ""} ${named.hash}`.trim() : "";
}

/** What the content of a file is checked against. @param {NamedModel | undefined} named */
export function sha256Of(named) {
  const kind = named?.hash_type ?? "";
  const isSha256 = (/^sha-?256$/i.test(kind) && /^[0-9a-f]{64}$/i.test(named?.hash ?? "")) || (/^autov2$/i.test(kind) && /^[0-9a-f]{10}$/i.test(named?.hash ?? ""));
  return isSha256 ? (named?.hash ?? "") : "";
}

/** @param {NamedModel | undefined} named */
export function digitsOf(named) {
  return /^[0-9a-f]{8,64}$/i.test(named?.hash ?? "") ? (named?.hash ?? "").toLowerCase() : "";
}

/**
 * What the workflow says about a model: at the node, or among the models of the file.
 * @param {WorkflowNode} node
 * @param {Workflow} workflow
 * @param {string} value
 * @returns {NamedModel | undefined}
 */
export function namedModel(node, workflow, value) {
  const name = value.replace(/^.*[\\/]/, "");
  const listed = [node.properties?.models, /** @type {any} */ (workflow).models, workflow.extra?.models];
  const models = /** @type {NamedModel[]} */ (listed.filter(Array.isArray).flat());
  return models.find((model) => [value, name].includes(model?.name ?? "") || model?.name?.replace(/\.\w+$/, "") === name);
}
