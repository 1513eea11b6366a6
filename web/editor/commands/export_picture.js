// The whole canvas as a picture that carries its workflow: SVG drawn from the layout, PNG painted from that.
import { writeJson } from "../document/json.js";
import { cardPictures } from "../kernels/card_pictures.js";
import { withNames } from "../kernels/named_values.js";
import { withPngText } from "../kernels/png_writing.js";
import { drawScene } from "../kernels/svg.js";
import { say } from "../texts/files.js";
import { typeColour } from "../view/theme.js";
import { download } from "./file.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

const LARGEST_SIDE = 12_000;
const SHARPNESS = 2;
const DRAWN = { preview: "webp;90", size: "1024" };

/** @param {Editor} editor @param {Stage} stage */
export async function exportSvg(editor, stage) {
  const { text } = await draw(editor, stage);
  download(`${editor.document.name.value}.svg`, new Blob([text], { type: "image/svg+xml" }));
}

/** @param {Editor} editor @param {Stage} stage */
export async function exportPng(editor, stage) {
  const { text, width, height, workflow } = await draw(editor, stage);
  const scale = Math.min(SHARPNESS, LARGEST_SIDE / Math.max(width, height));
  const blob = await paint(text, Math.ceil(width * scale), Math.ceil(height * scale));
  if (!blob) return editor.notices.show(say("file.too-large"), "error");
  const bytes = withPngText(new Uint8Array(await blob.arrayBuffer()), "workflow", workflow);
  download(`${editor.document.name.value}.png`, new Blob([bytes], { type: "image/png" }));
}

/** @param {Editor} editor @param {Stage} stage */
async function draw(editor, stage) {
  const workflow = writeJson(withNames(editor.document.workflow, editor.definitions.value));
  const pictures = await picturesOf(editor, stage);
  const drawn = drawScene(stage.scene, {
    theme: stage.theme,
    colourOf: (type) => typeColour(stage.theme, type),
    pictures,
    metadata: `{"workflow":${workflow}}`,
  });
  return { ...drawn, workflow };
}

/**
 * The pictures of all nodes, also of those far away, as data by node; an address would not outlive the server.
 * @param {Editor} editor
 * @param {Stage} stage
 */
async function picturesOf({ document: open, runs, server }, stage) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const placed of stage.scene.nodes.values()) {
    if (!placed.layout.picture) continue;
    const pictures = cardPictures(placed, runs.state.value.nodes[open.scopePath + placed.id], (file, version) => server.viewUrl(file, version, DRAWN));
    const read = await Promise.all(pictures.map(({ url }) => readPicture(url)));
    found.set(placed.id, read.filter((data) => data !== null));
  }
  return found;
}

/** @param {string} url @returns {Promise<string | null>} null for what is gone or no picture */
async function readPicture(url) {
  // An element, for the page may show previews' addresses but not fetch them.
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    return null;
  }
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  return asData(await canvas.convertToBlob({ type: "image/webp", quality: 0.9 }));
}

/** @param {Blob} blob @returns {Promise<string>} */
function asData(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.readAsDataURL(blob);
  });
}

/** @param {string} svg @param {number} width @param {number} height @returns {Promise<Blob | null>} */
async function paint(svg, width, height) {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}
