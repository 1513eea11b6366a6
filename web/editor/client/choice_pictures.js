// Pictures of what a widget chooses from: the one beside a model's file, or a small form of an input picture.
import { inputFile } from "../kernels/input_files.js";
import { modelKind } from "../kernels/model_kinds.js";
import { UPLOADS } from "../kernels/schema.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Server} from "./server.js" */

const THUMBNAIL = { preview: "webp;75", size: "96" };

/** @param {Pick<Widget, "name" | "options">} widget */
export function hasPictures({ name, options }) {
  return UPLOADS.some((flag) => options[flag]) || modelKind(name) !== "";
}

/**
 * The addresses of the choices' pictures; an address may answer that there is none.
 * @param {Server} server
 * @param {Pick<Widget, "name" | "options">} widget
 * @returns {Promise<(choice: any) => string | null>}
 */
export async function choicePictures(server, widget) {
  if (UPLOADS.some((flag) => widget.options[flag])) return (choice) => server.viewUrl(inputFile(String(choice)), "", THUMBNAIL);
  const kind = modelKind(widget.name);
  if (!kind) return () => null;
  const places = new Map((await server.modelFiles(kind)).map((file) => [file.name, file.pathIndex]));
  return (choice) => {
    const place = places.get(String(choice));
    return place === undefined ? null : server.modelPictureUrl(kind, place, String(choice));
  };
}
