// The slots of a node and its links, as packs' scripts read and write them.
import { changeNode, dropLinks } from "../document/edits.js";
import { findNode, linksById } from "../document/workflow.js";
import { connect } from "../kernels/connecting.js";
import { say } from "../texts/texts.js";
import { NotOfferedError } from "./blame.js";
import { stateOf } from "./node_state.js";
import { StoredNode } from "./stored_node.js";

/** @typedef {number | string} SlotName its place or its name */

/** A node with inputs and outputs. */
export class LinkedNode extends StoredNode {
  get inputs() {
    return stateOf(this).slots.of("inputs", this.stored.inputs ?? [], (index, key, value) => writeSlot(this, "inputs", index, key, value));
  }

  /** Scripts make sure that there is a list; more than an empty one is not taken. @param {any[]} inputs */
  set inputs(inputs) {
    if (inputs?.length && inputs !== this.inputs) throw new NotOfferedError(say("packs.fixed-list", { name: "node.inputs", remedy: "addInput, removeInput" }));
  }

  get outputs() {
    return stateOf(this).slots.of("outputs", this.stored.outputs ?? [], (index, key, value) => writeSlot(this, "outputs", index, key, value));
  }

  /** Likewise. @param {any[]} outputs */
  set outputs(outputs) {
    if (outputs?.length && outputs !== this.outputs) throw new NotOfferedError(say("packs.fixed-list", { name: "node.outputs", remedy: "addOutput, removeOutput" }));
  }

  /** @param {string} name @param {string} type @param {Record<string, any>} [more] */
  addInput(name, type, more = {}) {
    const declared = declaredSlot(this, "inputs", name);
    if (declared) return declared;
    this.change("Add input", (node) => ({ ...node, inputs: [...(node.inputs ?? []), { name, type, link: null, ...more }] }));
    return this.inputs.at(-1);
  }

  /** @param {string} name @param {string} type @param {Record<string, any>} [more] */
  addOutput(name, type, more = {}) {
    const declared = declaredSlot(this, "outputs", name);
    if (declared) return declared;
    this.change("Add output", (node) => ({ ...node, outputs: [...(node.outputs ?? []), { name, type, links: [], ...more }] }));
    return this.outputs.at(-1);
  }

  /** @param {number} index */
  removeInput(index) {
    const link = this.inputs[index]?.link;
    this.editGraph("Remove input", (workflow) => withoutSlot(link == null ? workflow : dropLinks(workflow, new Set([link])), this.key, "inputs", index));
  }

  /** @param {number} index */
  removeOutput(index) {
    const links = this.outputs[index]?.links ?? [];
    this.editGraph("Remove output", (workflow) => withoutSlot(dropLinks(workflow, new Set(links)), this.key, "outputs", index));
  }

  /**
   * Link an output to an input of another node.
   * @param {SlotName} slot
   * @param {LinkedNode} target
   * @param {SlotName} targetSlot
   * @returns {Record<string, any> | null} the link
   */
  connect(slot, target, targetSlot) {
    const output = this.face.outputs[placeOf(this.face.outputs, slot)];
    const inputs = target.face.inputs;
    const input = typeof targetSlot === "string" ? inputs.find(({ name }) => name === targetSlot) : inputs.find(({ index }) => index === targetSlot);
    if (!output || !input || target.graph !== this.graph) return null;
    this.editGraph("Connect", (workflow) => connect(workflow, { node: this.key, slot: output }, { node: target.key, slot: input }));
    const link = target.inputs.find(({ name }) => name === input.name)?.link;
    return link == null ? null : this.graph.link(link);
  }

  /** @param {SlotName} slot */
  disconnectInput(slot) {
    const link = this.inputs[placeOf(this.inputs, slot)]?.link;
    if (link == null) return false;
    this.editGraph("Remove link", (workflow) => dropLinks(workflow, new Set([link])));
    return true;
  }

  /** @param {SlotName} slot @param {LinkedNode} [target] the only node that is to lose its link */
  disconnectOutput(slot, target) {
    const all = this.outputs[placeOf(this.outputs, slot)]?.links ?? [];
    const links = all.filter((/** @type {number} */ id) => !target || String(this.graph.link(id)?.target_id) === target.key);
    if (!links.length) return false;
    this.editGraph("Remove link", (workflow) => dropLinks(workflow, new Set(links)));
    return true;
  }

  /** @param {string} name */
  findInputSlot(name) {
    return this.inputs.findIndex((slot) => slot.name === name);
  }

  /** @param {string} name */
  findOutputSlot(name) {
    return this.outputs.findIndex((slot) => slot.name === name);
  }

  /** @param {number} slot */
  isInputConnected(slot) {
    return this.inputs[slot]?.link != null;
  }

  /** @param {number} slot */
  isOutputConnected(slot) {
    return Boolean(this.outputs[slot]?.links?.length);
  }

  isAnyOutputConnected() {
    return this.outputs.some((slot) => slot.links?.length);
  }

  /** @param {number} slot */
  getInputLink(slot) {
    const id = this.inputs[slot]?.link;
    return id == null ? null : this.graph.link(id);
  }

  /** @param {number} slot */
  getInputNode(slot) {
    const id = this.inputs[slot]?.link;
    const link = id == null ? undefined : linksById(this.graph.workflow).get(id);
    return link && findNode(this.graph.workflow, link.from) ? this.graph.getNodeById(link.from) : null;
  }

  /** The nodes that an output feeds. @param {number} slot */
  getOutputNodes(slot) {
    const links = this.outputs[slot]?.links ?? [];
    return links.length ? links.flatMap((/** @type {number} */ id) => this.graph.getNodeById(this.graph.link(id)?.target_id ?? "") ?? []) : null;
  }
}

/** A constructor that adds what the server's class declares finds it there. @param {LinkedNode} node @param {"inputs" | "outputs"} side @param {string} name */
function declaredSlot(node, side, name) {
  return stateOf(node).isConstructing ? node[side].find((slot) => slot.name === name) : undefined;
}

/** @param {LinkedNode} node @param {"inputs" | "outputs"} side @param {number} index @param {string} key @param {any} value */
function writeSlot(node, side, index, key, value) {
  node.change("Change slot", (stored) => ({ ...stored, [side]: stored[side]?.map((slot, place) => (place === index ? { ...slot, [key]: value } : slot)) }));
}

/** @param {readonly {name: string}[]} slots @param {SlotName} slot */
function placeOf(slots, slot) {
  return typeof slot === "string" ? slots.findIndex(({ name }) => name === slot) : slot;
}

/** The workflow without a slot; links of those behind it move up. @param {import("../document/types.js").Workflow} workflow @param {string} id @param {"inputs" | "outputs"} side @param {number} index */
function withoutSlot(workflow, id, side, index) {
  const without = changeNode(workflow, id, (node) => ({ ...node, [side]: node[side]?.filter((/** @type {any} */ _slot, /** @type {number} */ place) => place !== index) }));
  return { ...without, links: (without.links ?? []).map((link) => movedUp(link, id, side, index)) };
}

/** @param {any} link @param {string} id @param {"inputs" | "outputs"} side @param {number} index */
function movedUp(link, id, side, index) {
  const isTuple = Array.isArray(link);
  const [node, slot] = side === "inputs" ? (isTuple ? [3, 4] : ["target_id", "target_slot"]) : isTuple ? [1, 2] : ["origin_id", "origin_slot"];
  if (String(link[node]) !== id || link[slot] <= index) return link;
  const moved = isTuple ? [...link] : { ...link };
  /** @type {any} */ (moved)[slot] -= 1;
  return moved;
}
