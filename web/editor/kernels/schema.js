// From a node class's declaration to its sockets and widgets, in the order in which saved files address them.
import { fromHex } from "./colours.js";
import { CHOSEN, GROUP, hasDynamicInputs, liveInputs, shortName } from "./dynamic_inputs.js";
import { MATCHED } from "./types.js";
import { widgetValue } from "./widget_values.js";
/** @import {InputDeclaration, NodeDefinition, WorkflowNode} from "../document/types.js" */
/** @import {Declared, Held} from "./dynamic_inputs.js" */

/** @typedef {"int" | "float" | "text" | "choice" | "toggle" | "colour" | "control" | "filter" | "upload" | "paint" | "button" | "element"} WidgetKind */

/**
 * A control on a card. `slot` is its place in `widgets_values`; only widgets with `sends` reach the prompt.
 * @typedef {object} Widget
 * @property {string} name
 * @property {string} type the declared type
 * @property {WidgetKind} kind
 * @property {number} slot
 * @property {boolean} sends
 * @property {any} initial the value of a new node
 * @property {Record<string, any>} options as declared: min, max, step, multiline, tooltip, …
 * @property {any[]} choices
 * @property {boolean} [brings] whether its value brings inputs of its own
 * @property {boolean} [isAdded] whether a pack's script added it
 * @property {string} [moves] of a subgraph's node: what the widget inside says is done to the value after queueing
 * @property {string} [controls] the widget that a control_after_generate widget changes
 */

/**
 * @typedef {object} Socket
 * @property {string} name
 * @property {string} type
 * @property {boolean} isOptional
 * @property {Record<string, any>} options
 */

/** @typedef {{sockets: Socket[], widgets: Widget[]}} Schema */

/** The type of widgets that packs' scripts make for inputs of their own types. */
export const MADE_BY_SCRIPTS = "PACK";
/** @type {Record<string, WidgetKind>} */
const KIND_BY_TYPE = {
  INT: "int",
  FLOAT: "float",
  BOOLEAN: "toggle",
  STRING: "text",
  COMBO: "choice",
  MARKDOWN: "text",
  TEXTAREA: "text",
  COLOR: "colour",
  PAINTER: "paint",
  [CHOSEN]: "choice",
  [GROUP]: "int",
  [MADE_BY_SCRIPTS]: "element",
};
const CONTROL_MODES = ["fixed", "increment", "decrement", "randomize"];
const SEED_NAMES = ["seed", "noise_seed"];
/** The options of a choice among files that a file can be added to. */
export const UPLOADS = ["image_upload", "video_upload", "animated_image_upload"];

/** @type {WeakMap<NodeDefinition, Schema>} */
const schemas = new WeakMap();

/**
 * The sockets and widgets of a node class; where some depend on others, those that a node has now.
 * @param {NodeDefinition} definition
 * @param {Pick<WorkflowNode, "inputs" | "widgets_values">} [node]
 * @returns {Schema}
 */
export function schemaOf(definition, node) {
  if (node && hasDynamicInputs(definition)) return schemaBy(definition, (widget) => widgetValue(/** @type {WorkflowNode} */ (node), widget), linkedNames(node));
  let schema = schemas.get(definition);
  if (!schema) {
    schema = schemaBy(definition, ({ initial }) => initial, null);
    schemas.set(definition, schema);
  }
  return schema;
}

/** What a function over the names of inputs says of those that are linked. @param {Pick<WorkflowNode, "inputs">} node */
export function linkedNames({ inputs = [] }) {
  const linked = new Set(inputs.filter((slot) => slot.link != null).map((slot) => slot.name));
  return (/** @type {string} */ name) => linked.has(name);
}

/**
 * Whether the declared input is held by a widget when nothing is linked.
 * @param {InputDeclaration} declaration
 * @param {boolean} isOptional
 * @returns {WidgetKind | null}
 */
export function widgetKind([type, options = {}], isOptional) {
  if (options.forceInput || (isOptional && options.defaultInput)) return null;
  const effective = options.widgetType ?? type;
  if (Array.isArray(effective)) return "choice";
  if (effective === "INT" && options.display === "color") return "colour";
  return KIND_BY_TYPE[effective] ?? null;
}

/**
 * The sockets and widgets while widgets have these values.
 * @param {NodeDefinition} definition
 * @param {(widget: Widget) => any} valueOf
 * @param {Held["isLinked"]} isLinked
 * @returns {Schema}
 */
export function schemaBy(definition, valueOf, isLinked) {
  /** @type {Schema} */
  const schema = { sockets: [], widgets: [] };
  const chosen = (/** @type {string} */ name) => {
    const widget = schema.widgets.find((item) => item.name === name);
    return widget && valueOf(widget);
  };
  let upload = "";
  for (const { name, declaration, isOptional } of allInputs(definition, { chosen, isLinked })) {
    const options = declaration[1] ?? {};
    const kind = widgetKind(declaration, isOptional);
    if (!kind) {
      schema.sockets.push(socketOf({ name, declaration, isOptional }));
      continue;
    }
    addWidget(schema.widgets, name, declaration, kind);
    if (kind === "choice" && UPLOADS.some((flag) => options[flag])) upload = name;
  }
  if (upload) addCompanion(schema.widgets, "upload", "upload", "image", { controls: upload });
  return schema;
}

/** The socket of an input without a widget. @param {Declared} declared @returns {Socket} */
function socketOf({ name, declaration: [type, options = {}], isOptional }) {
  return { name, type: type === MATCHED ? (options.template?.allowed_types ?? "*") : typeName(type), isOptional, options };
}

/** The declared inputs, each followed by those that depend on it. @param {NodeDefinition} definition @param {Held} held */
function* allInputs(definition, held) {
  for (const declared of declaredInputs(definition)) yield* liveInputs(declared, held);
}

/** @param {NodeDefinition} definition */
function declaredInputs(definition) {
  const found = [];
  for (const group of /** @type {const} */ (["required", "optional"])) {
    const declared = definition.input?.[group] ?? {};
    const ordered = (definition.input_order?.[group] ?? []).filter((name) => name in declared);
    const names = [...ordered, ...Object.keys(declared).filter((name) => !ordered.includes(name))];
    for (const name of names) {
      const declaration = /** @type {InputDeclaration} */ (declared[name]);
      found.push({ name, declaration, isOptional: group === "optional" });
    }
  }
  return found;
}

/**
 * @param {Widget[]} widgets
 * @param {string} name
 * @param {InputDeclaration} declaration
 * @param {WidgetKind} kind
 */
function addWidget(widgets, name, [type, options = {}], kind) {
  // An option that brings inputs of its own is told of with them; its key is what is chosen.
  const choices = Array.isArray(type) ? type : (options.options ?? []).map((/** @type {any} */ one) => one?.key ?? one);
  widgets.push({
    name,
    type: typeName(type),
    kind,
    slot: widgets.length,
    sends: type !== GROUP, // Its rows are sent, and not their number.
    initial: options.default ?? (type === GROUP ? options.min : undefined) ?? (kind === "colour" ? fromHex("#ffffff", { type: typeName(type) }) : initialValue(kind, choices)),
    options,
    choices,
    ...(type === CHOSEN || type === GROUP ? { brings: true } : {}),
  });
  const control = options.control_after_generate;
  const isSeed = control === undefined && SEED_NAMES.includes(shortName(name));
  if (kind === "int" && (control || isSeed)) {
    const mode = typeof control === "string" ? control : "randomize";
    addCompanion(widgets, "control_after_generate", "control", mode, { controls: name });
  }
  if (kind === "choice" && control) {
    addCompanion(widgets, "control_after_generate", "control", "fixed", { controls: name });
    addCompanion(widgets, "control_filter_list", "filter", "", { controls: name });
  }
}

/**
 * Add a widget that occupies a slot of the file but never reaches the prompt.
 * @param {Widget[]} widgets
 * @param {string} name
 * @param {WidgetKind} kind
 * @param {any} initial
 * @param {{controls: string}} relation
 */
function addCompanion(widgets, name, kind, initial, relation) {
  const choices = kind === "control" ? CONTROL_MODES : [];
  widgets.push({ name, type: "", kind, slot: widgets.length, sends: false, initial, options: {}, choices, ...relation });
}

/**
 * @param {WidgetKind} kind
 * @param {any[]} choices
 */
function initialValue(kind, choices) {
  if (kind === "int" || kind === "float") return 0;
  if (kind === "toggle") return false;
  if (kind === "choice") return choices[0];
  return "";
}

/** @param {string | any[]} type */
function typeName(type) {
  return Array.isArray(type) ? "COMBO" : String(type);
}
