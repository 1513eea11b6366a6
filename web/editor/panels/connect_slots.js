// Connecting by words: a slot of the selected card, then where it leads; what is linked can be let go, a new node added.
import { dropLinks } from "../document/edits.js";
import { fittingSlots, slotKey } from "../kernels/connecting.js";
import { freeBelow } from "../kernels/geometry.js";
import { joinSlots } from "../kernels/joining.js";
import { linksAt } from "../kernels/moving_links.js";
import { readingOrder } from "../kernels/reading_order.js";
import { findByWords } from "../kernels/words.js";
import { say } from "../texts/texts.js";
import { openPicker } from "./picker.js";
// How large a new card is about.
const USUAL = { w: 260, h: 180 };

/** @import {Editor} from "../editor.js" */
/** @import {SlotPlace} from "../kernels/connecting.js" */
/** @import {Stage} from "../view/stage.js" */

/** @typedef {(request: import("./search_box.js").SearchRequest) => void} OpenSearch */
/** @typedef {{name: string, beside: string, run: () => void}} Row */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {OpenSearch} openSearch
 */
export function openConnecting(editor, stage, openSearch) {
  const [id] = editor.selection.value;
  const face = stage.scene.nodes.get(id)?.face;
  if (!face) return;
  const outputs = face.outputs.map((slot) => /** @type {SlotPlace} */ ({ node: id, side: "output", slot }));
  const inputs = face.inputs.map((slot) => /** @type {SlotPlace} */ ({ node: id, side: "input", slot }));
  const isWidget = (/** @type {SlotPlace} */ { slot }) => "isWidget" in slot && slot.isWidget && !slot.isTurned;
  const places = [...outputs, ...inputs.filter((place) => !isWidget(place)), ...inputs.filter(isWidget)];
  const rows = places.map((place) => ({ name: nameOf(place), beside: linkedWords(editor, stage, place), run: () => openEnds(editor, stage, place, openSearch) }));
  pick(say("connect.which-slot", { card: face.title }), "connect-slots", rows);
}

/** Ask where a slot is to lead. @param {Editor} editor @param {Stage} stage @param {SlotPlace} from @param {OpenSearch} openSearch */
export function openEnds(editor, stage, from, openSearch) {
  const fits = fittingSlots(editor.document.graph, stage.scene, from);
  const side = from.side === "output" ? "input" : "output";
  const ends = readingOrder(stage.scene.nodes.values()).flatMap(({ id, face }) => {
    const slots = side === "input" ? face.inputs : face.outputs;
    return slots.map((slot) => /** @type {SlotPlace} */ ({ node: id, side, slot })).filter(({ slot }) => fits.has(slotKey(id, side, slot.name)));
  });
  const rows = ends.map((end) => ({ name: `${titleOf(stage, end)} · ${end.slot.label}`, beside: linkedWords(editor, stage, end), run: () => connectTo(editor, from, end) }));
  const links = linksAt(editor.document.graph, from);
  const letGo = { name: say("connect.let-go"), beside: linkedWords(editor, stage, from), run: () => editor.document.edit("Disconnect", (graph) => dropLinks(graph, new Set(links.map((link) => link.id)))) };
  const anew = { name: say("connect.new-node"), beside: from.slot.type, run: () => searchBeside(stage, from, openSearch) };
  pick(say("connect.where", { slot: nameOf(from) }), "connect-ends", [...rows, ...(links.length ? [letGo] : []), anew]);
}

/** @param {string} title @param {string} id @param {Row[]} rows */
function pick(title, id, rows) {
  openPicker({ title, id, find: (text) => findByWords(rows, text, ({ name, beside }) => `${name} ${beside}`), face: ({ name, beside }) => [name, beside], run: (row) => row.run() });
}

/** @param {Editor} editor @param {SlotPlace} from @param {SlotPlace} end */
function connectTo(editor, from, end) {
  editor.document.edit("Connect", (graph) => joinSlots(graph, from, end, editor.definitions.value));
}

/** Search for a node that fits, to be put on the side of the card where the slot is. @param {Stage} stage @param {SlotPlace} from @param {OpenSearch} openSearch */
function searchBeside(stage, from, openSearch) {
  const rect = stage.scene.nodes.get(from.node)?.layout.rect ?? { x: 0, y: 0, w: 0, h: 0 };
  const x0 = from.side === "output" ? rect.x + rect.w + 60 : rect.x - 300;
  const at = { x: x0, y: freeBelow([...stage.scene.nodes.values()].map(({ layout }) => layout.rect), { x: x0, y: rect.y, ...USUAL }) + 15 };
  const { x, y, scale } = stage.viewport.value;
  openSearch({ screen: { x: at.x * scale + x, y: at.y * scale + y }, at, from });
}

/** @param {SlotPlace} place */
function nameOf({ side, slot }) {
  const name = slot.label.replaceAll("_", " ");
  return side === "output" ? `${name} →` : `→ ${name}`;
}

/** @param {Stage} stage @param {{node: string}} place */
function titleOf(stage, { node }) {
  return stage.scene.nodes.get(node)?.face.title ?? node;
}

/** What a slot is linked with, otherwise its type. @param {Editor} editor @param {Stage} stage @param {SlotPlace} place */
function linkedWords(editor, stage, place) {
  const titles = linksAt(editor.document.graph, place).map((link) => titleOf(stage, { node: String(place.side === "output" ? link.to : link.from) }));
  return titles.length ? say("connect.linked-with", { cards: titles.join(", ") }) : place.slot.type;
}
