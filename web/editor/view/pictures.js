// The picture area of a card: the preview while it runs, then the results, or the chosen input picture.
import { widgetValue } from "../kernels/widget_values.js";
import { element } from "./dom.js";
/** @import {FileReference} from "../document/types.js" */
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
  const urls = pictureUrls(placed, run, actions);
  const key = urls.join("\n");
  if (area.dataset.key === key) return;
  area.dataset.key = key;
  const shown = area.querySelectorAll("img");
  if (urls.length === 1 && shown.length === 1 && urls[0].startsWith("blob:")) {
    shown[0].src = urls[0];
    return;
  }
  area.style.setProperty("--columns", String(Math.ceil(Math.sqrt(urls.length)) || 1));
  if (urls.length) area.replaceChildren(...urls.map((url, index) => picture(url, placed.face.title, index, actions)));
  else area.replaceChildren(element("p", { class: "picture-empty" }, "The picture appears here"));
}

/**
 * @param {SceneNode} placed
 * @param {NodeRun | undefined} run
 * @param {CardActions} actions
 * @returns {string[]}
 */
function pictureUrls({ node, face }, run, actions) {
  if (run?.preview) return [run.preview];
  if (run?.pictures?.length) return run.pictures.map((file) => actions.viewUrl(file, run.version));
  const upload = face.widgets.find((widget) => widget.kind === "upload");
  const source = upload && face.widgets.find((widget) => widget.name === upload.controls);
  const chosen = source && widgetValue(node, source);
  return typeof chosen === "string" && chosen ? [actions.viewUrl(inputFile(chosen))] : [];
}

/**
 * The file that a picture widget names: "sub/name.png [output]".
 * @param {string} name
 * @returns {FileReference}
 */
export function inputFile(name) {
  const [, path = name, type = "input"] = /^(.*?)(?: \[(input|output|temp)\])?$/.exec(name) ?? [];
  const slash = path.lastIndexOf("/");
  return { filename: path.slice(slash + 1), subfolder: slash < 0 ? "" : path.slice(0, slash), type };
}

/**
 * @param {string} url
 * @param {string} title
 * @param {number} index
 * @param {CardActions} actions
 */
function picture(url, title, index, actions) {
  const image = element("img", { src: url, alt: `${title}, picture ${index + 1}`, draggable: "false", decoding: "async" });
  image.addEventListener("error", () => image.parentElement?.replaceWith(element("p", { class: "picture-empty" }, "This picture is not on the server")));
  const open = () => actions.openPicture(image.src, title);
  return element("button", { type: "button", class: "picture", "aria-label": `Enlarge picture ${index + 1} of ${title}`, onclick: open }, image);
}
