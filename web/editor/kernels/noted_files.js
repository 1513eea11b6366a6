// Files that a workflow's notes name because no widget does: of embeddings that a text says, of models in several files.
import { digitsOf, everyNode, hashOf, sha256Of } from "./missing.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {MissingFile, NamedModel} from "./missing.js" */

const NOTES = new Set(["Note", "MarkdownNote"]);

/**
 * Each as what would be missing if it were not there.
 * @param {Workflow} workflow
 * @returns {MissingFile[]}
 */
export function notedFiles(workflow) {
  return everyNode(workflow).filter(({ node }) => NOTES.has(node.type)).flatMap(({ node, shownAs }) => {
    const models = /** @type {NamedModel[]} */ (Array.isArray(node.properties?.models) ? node.properties.models : []);
    return models.filter((model) => model?.name && model.directory).map(({ name = "", directory = "", url = "", ...named }) => ({
      type: node.title ?? node.type, widget: "", value: name, nodes: [shownAs], near: [], url, hash: hashOf(named), folder: directory, kind: directory, sha256: sha256Of(named), digits: digitsOf(named),
    }));
  });
}

/** @param {MissingFile[]} noted @param {Record<string, string[]>} there names of files by kind; a kind that is not known misses nothing */
export function notThere(noted, there) {
  return noted.filter(({ value, kind }) => there[kind] && !there[kind].some((name) => name.replace(/^.*[\\/]/, "") === value));
}
