// The outline: every node of the shown graph by name, wherever it lies; choosing one goes to its card.
import { readingOrder } from "../kernels/reading_order.js";
import { findByWords } from "../kernels/words.js";
import { say } from "../texts/files.js";
import { openPicker } from "./picker.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

/** @param {Editor} editor @param {Stage} stage */
export function openOutline(editor, stage) {
  const nodes = readingOrder(stage.scene.nodes.values());
  openPicker({
    title: say("outline.title"),
    id: "outline-list",
    find: (text) => findByWords(nodes, text, ({ node, face }) => `${face.title} ${node.type} #${node.id}`),
    face: ({ node, face }) => [face.title, face.title === node.type ? `#${node.id}` : `${node.type} #${node.id}`],
    run: ({ id }) => editor.showCard(id),
  });
}
