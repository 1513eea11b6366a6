// Pictures as pixels: read from an address, shown on a canvas.
import { say } from "../texts/texts.js";

/** @typedef {{w: number, h: number, data: Uint8ClampedArray}} Pixels four bytes a pixel */
/** @typedef {{size?: {w: number, h: number}, signal?: AbortSignal}} Wanted the size to bring a picture to, and what says that it is not wanted any more */

/**
 * Read a picture's pixels. Where alpha is 0 the colours are lost; who needs them asks the server for them alone.
 * @param {string} url
 * @param {Wanted} [wanted]
 * @returns {Promise<Pixels>}
 * @throws {Error} where there is no picture
 */
export async function readPixels(url, { size, signal } = {}) {
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(say(answer.status === 404 ? "paint.gone" : "paint.unreadable"));
  const bitmap = await createImageBitmap(await answer.blob(), { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  const { w, h } = size ?? { w: bitmap.width, h: bitmap.height };
  const canvas = new OffscreenCanvas(w, h);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(bitmap, 0, 0, w, h);
  return { w, h, data: context.getImageData(0, 0, w, h).data };
}

/** Wait until a picture can be shown. @param {HTMLImageElement} picture @throws {Error} where there is none */
export async function isThere(picture) {
  await picture.decode().catch(() => {
    throw new Error(say("paint.unreadable"));
  });
}

/**
 * Pixels brought to another size; those of the same size are left alone.
 * @param {Pixels} pixels
 * @param {{w: number, h: number}} size
 */
export function resized({ w, h, data }, size) {
  if (w === size.w && h === size.h) return data;
  const source = new OffscreenCanvas(w, h);
  /** @type {OffscreenCanvasRenderingContext2D} */ (source.getContext("2d")).putImageData(new ImageData(/** @type {any} */ (data), w, h), 0, 0);
  const target = new OffscreenCanvas(size.w, size.h);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (target.getContext("2d", { willReadFrequently: true }));
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, size.w, size.h);
  return context.getImageData(0, 0, size.w, size.h).data;
}

/**
 * Show a rectangle of pixels on a canvas of the picture's size.
 * @param {HTMLCanvasElement} canvas
 * @param {{x: number, y: number, w: number, h: number}} rect
 * @param {(image: ImageData) => void} draw fills the rectangle's pixels
 */
export function showPixels(canvas, rect, draw) {
  if (!rect.w || !rect.h) return;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(rect.w, rect.h);
  draw(image);
  context.putImageData(image, rect.x, rect.y);
}
