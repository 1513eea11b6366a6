// Pictures of what a widget chooses from: the one beside a model's file, or a small form of an input picture.
import { inputFile } from "../kernels/input_files.js";
import { UPLOADS } from "../kernels/schema.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Server} from "./server.js" */

/** Which kind of model the inputs of these names choose from. @type {Record<string, string>} */
const MODEL_KINDS = {
  ckpt_name: "checkpoints",
  lora_name: "loras",
  vae_name: "vae",
  control_net_name: "controlnet",
  unet_name: "diffusion_models",
  clip_name: "text_encoders",
  style_model_name: "style_models",
  gligen_name: "gligen",
  hypernetwork_name: "hypernetworks",
};
const THUMBNAIL = { preview: "webp;75", size: "96" };

/** @param {Pick<Widget, "name" | "options">} widget */
export function hasPictures({ name, options }) {
  return UPLOADS.some((flag) => options[flag]) || baseName(name) in MODEL_KINDS;
}

/**
 * The addresses of the choices' pictures; an address may answer that there is none.
 * @param {Server} server
 * @param {Pick<Widget, "name" | "options">} widget
 * @returns {Promise<(choice: any) => string | null>}
 */
export async function choicePictures(server, widget) {
  if (UPLOADS.some((flag) => widget.options[flag])) return (choice) => server.viewUrl(inputFile(String(choice)), "", THUMBNAIL);
  const kind = MODEL_KINDS[baseName(widget.name)];
  if (!kind) return () => null;
  const places = new Map((await server.modelFiles(kind)).map((file) => [file.name, file.pathIndex]));
  return (choice) => {
    const place = places.get(String(choice));
    return place === undefined ? null : server.modelPictureUrl(kind, place, String(choice));
  };
}

/** A widget that a subgraph's node shows is called after the node inside too. @param {string} name */
function baseName(name) {
  return name.slice(name.lastIndexOf("/") + 1);
}
