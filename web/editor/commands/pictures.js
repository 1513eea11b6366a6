// What can be done with a picture: the buttons of the lightbox, and what the right button offers on a card that shows one.
import { cardPictures } from "../kernels/card_pictures.js";
import { say } from "../texts/texts.js";
import { attempt } from "./jobs.js";
import { copyPicture, downloadPicture, paintMask, sendToLoad, sendToMask, sendToSketch } from "./send.js";
/** @import {Editor} from "../editor.js" */
/** @import {CardPicture} from "../kernels/card_pictures.js" */
/** @import {Item, Own} from "../panels/context_menu.js" */
/** @import {TextKey} from "../texts/texts.js" */
/** @import {Stage} from "../view/stage.js" */

/** @typedef {{file: import("../document/types.js").FileReference, url: string}} StoredPicture */
/**
 * @typedef {object} PictureAction
 * @property {string} id
 * @property {TextKey} word on a button beside the picture
 * @property {TextKey} label in a menu of other things too
 * @property {boolean} leaves whether it leads away from the picture
 * @property {(editor: Editor, stage: Stage, picture: StoredPicture) => any} run
 */

/** @type {PictureAction[]} */
export const PICTURE_ACTIONS = [
  { id: "load", word: "lightbox.to-load", label: "picture.to-load", leaves: true, run: (editor, stage, { file }) => sendToLoad(editor, stage, file) },
  { id: "mask", word: "lightbox.to-mask", label: "picture.mask", leaves: true, run: (editor, stage, { file }) => sendToMask(editor, stage, file) },
  { id: "sketch", word: "lightbox.to-sketch", label: "picture.to-sketch", leaves: true, run: (editor, stage, { file }) => sendToSketch(editor, stage, file) },
  { id: "tab", word: "lightbox.to-tab", label: "picture.to-tab", leaves: false, run: (_editor, _stage, { url }) => window.open(url, "_blank", "noopener") },
  { id: "copy", word: "lightbox.copy", label: "picture.copy", leaves: false, run: copy },
  { id: "download", word: "lightbox.download", label: "picture.download", leaves: false, run: (_editor, _stage, { file, url }) => downloadPicture(url, file.filename) },
];

/**
 * What the right button offers first on a card that shows pictures.
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {{node: string | null, picture: number}} pressed the card, and which of its pictures
 * @returns {Own[]}
 */
export function pictureItems(editor, stage, { node, picture: index }) {
  const placed = stage.scene.nodes.get(node ?? "");
  if (!placed) return [];
  const run = editor.runs.state.value.nodes[editor.document.scopePath + placed.id];
  const pictures = cardPictures(placed, run, (file, version) => editor.server.viewUrl(file, version));
  const picture = pictures[index];
  if (!picture) return [];
  const open = async () => (await import("../panels/lightbox.js")).openLightbox(editor, stage, pictures, index);
  const compare = async () => (await open())?.toggleCompare();
  const items = [{ label: say("picture.open"), run: () => attempt(editor, open) }, ...fileItems(editor, stage, placed.id, picture)];
  if (picture.file) items.push({ label: say("picture.compare"), run: () => attempt(editor, compare) });
  return [{ heading: picture.file?.filename ?? say("lightbox.label"), items }];
}

/** @param {Editor} editor @param {Stage} stage @param {string} id of the card @param {CardPicture} picture @returns {Item[]} */
function fileItems(editor, stage, id, { file, url }) {
  if (!file) return [];
  const kinds = new Set(stage.scene.nodes.get(id)?.face.widgets.map((widget) => widget.kind));
  // What is loaded here already is not loaded once more, and a drawing is changed by its own button.
  const offered = PICTURE_ACTIONS.filter((action) => !(action.id === "load" && kinds.has("upload")) && !(action.id === "mask" && kinds.has("paint")));
  return offered.map((action) => ({
    label: say(action.label),
    run: () => attempt(editor, async () => (action.id === "mask" ? paintMask(editor, stage, id, file) : action.run(editor, stage, { file, url }))),
  }));
}

/** @param {Editor} editor @param {Stage} _stage @param {StoredPicture} picture */
async function copy(editor, _stage, { url }) {
  await copyPicture(url);
  editor.notices.show(say("lightbox.copied"), "info");
}
