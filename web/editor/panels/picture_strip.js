// Choosing one of the results that there are, to compare another with it.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Editor} from "../editor.js" */
/** @import {Shown} from "./lightbox.js" */

const MOST = 60;
const SIZE = "160";

/**
 * Let the person choose among some pictures and the newest results of the history.
 * @param {Editor} editor
 * @param {HTMLElement} parent
 * @param {Shown[]} first those to offer first
 * @returns {Promise<Shown | null>} null where nothing was chosen
 */
export async function pickPicture(editor, parent, first) {
  parent.querySelector(".picture-strip")?.remove();
  const { jobs } = await editor.server.jobs({ states: ["completed"], limit: MOST });
  const files = jobs.flatMap(({ preview_output: file }) => (file?.mediaType === "images" ? [file] : []));
  const found = [...first.filter(({ file }) => file), ...files.map((file) => ({ file, url: editor.server.viewUrl(file) }))];
  const unique = [...new Map(found.map((picture) => [picture.url, picture])).values()];
  return new Promise((resolve) => {
    const strip = element("div", { class: "picture-strip", role: "group", "aria-label": say("lightbox.choose") });
    const choose = (/** @type {Shown | null} */ picture) => {
      strip.remove();
      resolve(picture);
    };
    const thumbs = unique.map((picture) => thumbnail(editor, picture, () => choose(picture)));
    const close = element("button", { type: "button", class: "close", "aria-label": say("page.close"), onclick: () => choose(null) }, "×");
    strip.append(element("span", {}, unique.length ? say("lightbox.choose") : say("lightbox.nothing")), ...thumbs, close);
    parent.append(strip);
    thumbs[0]?.focus();
  });
}

/** @param {Editor} editor @param {Shown} picture @param {() => void} choose */
function thumbnail(editor, picture, choose) {
  const file = /** @type {import("../document/types.js").FileReference} */ (picture.file);
  const image = element("img", { src: editor.server.viewUrl(file, "", { preview: "webp;75", size: SIZE }), alt: file.filename, loading: "lazy" });
  const button = element("button", { type: "button", class: "strip-picture", title: file.filename, onclick: choose }, image);
  image.addEventListener("error", () => button.remove());
  return button;
}
