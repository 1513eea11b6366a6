// The picture area of a card.
import { columnsOf } from "../kernels/box_places.js";
import { cardPictures } from "../kernels/card_pictures.js";
import { say } from "../texts/texts.js";
import { element } from "./dom.js";
/** @import {CardPicture} from "../kernels/card_pictures.js" */
/** @import {NodeRun} from "../kernels/run_cards.js" */
/** @import {SceneNode} from "../kernels/scene.js" */
/** @import {CardActions} from "./card.js" */

/**
 * Show what there is to show; nothing on the page changes where the pictures are the same as before.
 * @param {HTMLElement} area
 * @param {SceneNode} placed
 * @param {NodeRun | undefined} run
 * @param {CardActions} actions
 */
export function showPictures(area, placed, run, actions) {
  const pictures = cardPictures(placed, run, actions.viewUrl);
  const key = pictures.map(({ url }) => url).join("\n");
  if (area.dataset.key === key) return;
  area.dataset.key = key;
  const shown = area.querySelectorAll("img");
  if (pictures.length === 1 && shown.length === 1 && !pictures[0].file) {
    shown[0].src = pictures[0].url;
    return;
  }
  area.style.setProperty("--columns", String(columnsOf(pictures.length)));
  if (pictures.length) area.replaceChildren(...pictures.map((_picture, index) => picture(pictures, placed, index, actions)));
  else area.replaceChildren(element("p", { class: "picture-empty" }, say("picture.empty")));
}

/**
 * @param {CardPicture[]} pictures all that the card shows
 * @param {SceneNode} placed
 * @param {number} index
 * @param {CardActions} actions
 */
function picture(pictures, { id, face }, index, actions) {
  const { url, file } = pictures[index];
  const isPainting = face.widgets.some((widget) => widget.kind === "paint");
  const image = element("img", { src: url, alt: say("picture.name", { title: face.title, number: index + 1 }), draggable: "false", decoding: "async" });
  const frame = element("div", { class: "picture-frame" });
  image.addEventListener("error", () => frame.replaceWith(element("p", { class: "picture-empty" }, say("picture.gone"))));
  // A preview's address changes while it stands here.
  const open = () => actions.openPictures(file ? pictures : [{ url: image.src, file: null }], file ? index : 0);
  frame.append(element("button", { type: "button", class: "picture", "aria-label": say("picture.enlarge", { number: index + 1, title: face.title }), onclick: open }, image));
  if (file && !isPainting) {
    const label = say("picture.mask");
    frame.append(element("button", { type: "button", class: "picture-tool", title: label, "aria-label": label, onclick: () => actions.paintMask(id, file) }, "◐"));
  }
  return frame;
}
