// Dragging a picture out as the file that it is: off a card with Ctrl, from the queue by itself; to the desktop or another card.
import { closest } from "../view/dom.js";

/** What is dragged, as the address of its file. */
export const DRAGGED_PICTURE = "text/skein-picture";
const OUT_OF = ".card .picture, .job-picture";

/** Give dragged pictures their files. */
export function attachPictureDrags() {
  window.addEventListener("dragstart", (event) => {
    const image = event.target instanceof Element && closest(event, OUT_OF) ? event.target.closest(OUT_OF)?.querySelector("img") : null;
    const url = image && fileAddress(image.src);
    if (!url || !event.dataTransfer) return;
    event.stopPropagation();
    const name = url.searchParams.get("filename") ?? "";
    event.dataTransfer.setData(DRAGGED_PICTURE, url.href);
    event.dataTransfer.setData("text/uri-list", url.href);
    event.dataTransfer.setData("DownloadURL", `image/${name.split(".").pop()}:${name}:${url.href}`);
  }, { capture: true });
}

/** Let the picture on a card be dragged by the press that is under way, or no longer. @param {HTMLElement} picture @param {boolean} isFile */
export function setDraggable(picture, isFile) {
  for (const image of picture.querySelectorAll("img")) image.draggable = isFile && fileAddress(image.src) !== null;
}

/** The address of the whole file that an image shows, null where it is no file. @param {string} address */
function fileAddress(address) {
  const url = new URL(address, location.href);
  if (!url.searchParams.get("filename")) return null;
  for (const smaller of ["preview", "size"]) url.searchParams.delete(smaller);
  return url;
}
