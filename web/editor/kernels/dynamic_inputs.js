// Inputs that a node has only while others are as they are, in the forms in which ComfyUI's /object_info tells of them: those
// that a chosen option brings, rows that grow with their links, and what a linked slot brings. Each goes by a path: mode.strength.
/** @import {InputDeclaration, NodeDefinition} from "../document/types.js" */

export const CHOSEN = "COMFY_DYNAMICCOMBO_V3";
const GROWING = "COMFY_AUTOGROW_V3";
const SLOT = "COMFY_DYNAMICSLOT_V3";
/** Of a class of which no node is there yet so many rows are told. */
const ROWS_TOLD = 10;
const MOST_ROWS = 100;

/** @typedef {{name: string, declaration: InputDeclaration, isOptional: boolean}} Declared */

/**
 * What there is of a node that its inputs depend on.
 * @typedef {object} Held
 * @property {(name: string) => any} chosen the value of a choice that was told before
 * @property {((name: string) => boolean) | null} isLinked null where there is no node yet
 */

/** What the card calls an input: of a path the last step. @param {string} name */
export function shortName(name) {
  return name.slice(name.lastIndexOf(".") + 1) || name;
}

/** The same in words, as values are called. @param {string} name */
export function wordsOf(name) {
  return shortName(name).replaceAll("_", " ");
}

/** @type {WeakMap<NodeDefinition, boolean>} */
const known = new WeakMap();

/** Whether a class has inputs that depend on others. @param {NodeDefinition} definition */
export function hasDynamicInputs(definition) {
  let isDynamic = known.get(definition);
  if (isDynamic === undefined) {
    const groups = [definition.input?.required, definition.input?.optional];
    isDynamic = groups.some((group) => Object.values(group ?? {}).some(([type]) => type === CHOSEN || type === GROWING || type === SLOT));
    known.set(definition, isDynamic);
  }
  return isDynamic;
}

/**
 * The inputs that one declaration stands for, its own first.
 * @param {Declared} declared
 * @param {Held} held
 * @returns {Generator<Declared>}
 */
export function* liveInputs({ name, declaration, isOptional }, held) {
  const [type, options = {}] = declaration;
  if (type === GROWING) return yield* rowsOf(name, options, isOptional, held);
  /** @type {any} */
  let inside = null;
  if (type === SLOT) {
    yield { name, declaration: [options.slotType ?? "*", { ...options, forceInput: true }], isOptional };
    inside = held.isLinked?.(name) ? options.inputs : null;
  } else {
    yield { name, declaration, isOptional };
    if (type === CHOSEN) inside = (options.options ?? []).find((/** @type {any} */ option) => option?.key === held.chosen(name))?.inputs;
  }
  for (const inner of membersOf(inside)) {
    yield* liveInputs({ ...inner, name: `${name}.${inner.name}`, isOptional: isOptional || inner.isOptional }, held);
  }
}

/**
 * The rows of an input that grows: those that are needed, those up to the last linked one, and one more to link next.
 * @param {string} name
 * @param {Record<string, any>} options
 * @param {boolean} isOptional
 * @param {Held} held
 * @returns {Generator<Declared>}
 */
function* rowsOf(name, options, isOptional, { isLinked }) {
  const { input, names, prefix = "", min = 0, max = MOST_ROWS } = options.template ?? {};
  const rows = /** @type {string[]} */ (names ?? Array.from({ length: Math.min(max, MOST_ROWS) }, (_none, row) => `${prefix}${row}`));
  const members = [...membersOf(input)];
  if (!members.length) members.push({ name: "", declaration: ["*"], isOptional: false });
  const pathOf = (/** @type {string} */ row, /** @type {string} */ inner) => `${name}.${members.length > 1 ? row + inner : row}`;
  const wanted = isLinked ? rows.findLastIndex((row) => members.some((inner) => isLinked(pathOf(row, inner.name)))) + 2 : ROWS_TOLD;
  for (const [index, row] of rows.slice(0, Math.max(min, wanted)).entries()) {
    for (const { name: inner, declaration: [type, more], isOptional: isLoose } of members) {
      yield { name: pathOf(row, inner), declaration: [type, { ...more, forceInput: true }], isOptional: isOptional || isLoose || index >= min };
    }
  }
}

/** @param {any} inputs @returns {Generator<Declared>} */
function* membersOf(inputs) {
  for (const group of ["required", "optional"]) {
    for (const [name, declaration] of Object.entries(inputs?.[group] ?? {})) yield { name, declaration, isOptional: group === "optional" };
  }
}
