// Which pictures a node shows: the preview while it runs, then its results, or the input picture that is chosen.
import { inputFile } from "./input_files.js";
import { widgetValue } from "./widget_values.js";
/** @import {FileReference} from "../document/types.js" */
/** @import {NodeRun} from "./run_cards.js" */
/** @import {SceneNode} from "./scene.js" */

/** @typedef {{url: string, file: FileReference | null}} CardPicture `file` is null for a preview, which no file holds */

/**
 * @param {Pick<SceneNode, "node" | "face">} placed
 * @param {NodeRun | undefined} run
 * @param {(file: FileReference, version?: string) => string} viewUrl
 * @returns {CardPicture[]}
 */
export function cardPictures({ node, face }, run, viewUrl) {
  if (run?.preview) return [{ url: run.preview, file: null }];
  if (run?.pictures?.length) return run.pictures.map((file) => ({ url: viewUrl(file, run.version), file }));
  const upload = face.widgets.find((widget) => widget.kind === "upload");
  const source = face.widgets.find((widget) => widget.kind === "paint" || (upload && widget.name === upload.controls));
  const chosen = source && widgetValue(node, source);
  const file = typeof chosen === "string" && chosen ? inputFile(chosen) : null;
  return file ? [{ url: viewUrl(file), file }] : [];
}
