// Inputs that a node has only while others are as they are, in the forms in which ComfyUI's /object_info tells of them: those
// that a chosen option brings, rows that grow with their links, what a linked slot brings, and rows of values, of which a number
// says how many there are. Each goes by a path: mode.strength, loras.0.strength.
/** @import {InputDeclaration, NodeDefinition} from "../document/types.js" */

export const CHOSEN = "COMFY_DYNAMICCOMBO_V3";
export const GROUP = "COMFY_DYNAMICGROUP_V3";
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

/** The same in words, as values are called; those of rows with the row, counted from 1. @param {string} name */
export function wordsOf(name) {
  const row = /\.(\d+)\.[^.]+$/.exec(name)?.[1];
  return `${row === undefined ? "" : `${Number(row) + 1}: `}${shortName(name).replaceAll("_", " ")}`;
}

/** How many rows of a group a prompt's inputs have. @param {string} name @param {Record<string, any>} inputs */
export function rowsIn(name, inputs) {
  const rows = Object.keys(inputs).filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1).split(".")[0]);
  return Math.min(MOST_ROWS, 1 + Math.max(-1, ...rows.filter((row) => /^\d+$/.test(row)).map(Number)));
}

/** @type {WeakMap<NodeDefinition, boolean>} */
const known = new WeakMap();

/** Whether a class has inputs that depend on others. @param {NodeDefinition} definition */
export function hasDynamicInputs(definition) {
  let isDynamic = known.get(definition);
  if (isDynamic === undefined) {
    const groups = [definition.input?.required, definition.input?.optional];
    isDynamic = groups.some((group) => Object.values(group ?? {}).some(([type]) => [CHOSEN, GROWING, GROUP, SLOT].includes(/** @type {any} */ (type))));
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
  if (type === GROUP) {
    yield { name, declaration, isOptional };
    const rows = Math.min(MOST_ROWS, Math.max(Number(held.chosen(name)) || 0, options.min ?? 0));
    for (let row = 0; row < rows; row++) {
      for (const inner of membersOf(options.template)) yield* liveInputs({ ...inner, name: `${name}.${row}.${inner.name}` }, held);
    }
    return;
  }
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
