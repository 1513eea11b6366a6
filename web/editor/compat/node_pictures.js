// The pictures of a node as packs' scripts read and set them: image elements.
import { changeCard } from "../kernels/run_cards.js";
/** @import {FileReference} from "../document/types.js" */
/** @import {PackNode} from "./node.js" */

/** @type {WeakMap<object, HTMLImageElement[]>} by the list of files, so that the same pictures are the same objects */
const made = new WeakMap();

/** What its card shows of results; undefined for nothing. @param {PackNode} node @returns {HTMLImageElement[] | undefined} */
export function picturesOf(node) {
  const { runs, server } = node.graph.editor;
  const { pictures, version } = runs.state.value.nodes[runId(node)] ?? {};
  if (!pictures?.length) return undefined;
  if (!made.has(pictures)) made.set(pictures, pictures.map((file) => Object.assign(new Image(), { src: server.viewUrl(file, version) })));
  return made.get(pictures);
}

/** Show pictures of this server on its card in place of its results. @param {PackNode} node @param {HTMLImageElement[] | null | undefined} images */
export function setPictures(node, images) {
  const pictures = (images ?? []).flatMap((image) => fileOf(image?.src) ?? []);
  if (images?.length) made.set(pictures, images);
  node.graph.editor.runs.update((state) => changeCard(state, runId(node), (card) => ({ ...card, preview: undefined, pictures })));
}

/** @param {PackNode} node */
function runId(node) {
  const { document: open } = node.graph.editor;
  return node.graph.definition === null ? node.key : open.scopePath + node.key;
}

/** @param {string} [address] of a picture @returns {FileReference | null} */
function fileOf(address = "") {
  if (!URL.canParse(address, document.baseURI)) return null;
  const { pathname, searchParams } = new URL(address, document.baseURI);
  const filename = searchParams.get("filename");
  return pathname.endsWith("/view") && filename ? { filename, subfolder: searchParams.get("subfolder") ?? "", type: searchParams.get("type") ?? "output" } : null;
}
