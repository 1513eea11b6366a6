// Files that no widget chooses: those that a workflow's notes name, and embeddings that its prompts say.
import { digitsOf, everyNode, hashOf, namedModel, sha256Of } from "./missing.js";
import { definitionOf } from "./faces.js";
import { countedText } from "./prompt_texts.js";
import { schemaOf } from "./schema.js";
import { widgetValue } from "./widget_values.js";
/** @import {NodeDefinitions, Workflow} from "../document/types.js" */
/** @import {Found, MissingFile, NamedModel} from "./missing.js" */

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

/** Texts on cards that name embeddings. @param {Workflow} workflow @param {NodeDefinitions} definitions @returns {{found: Found, text: string}[]} */
export function textsWithEmbeddings(workflow, definitions) {
  return everyNode(workflow).flatMap((found) => {
    const definition = definitionOf(definitions, found.node.type);
    const texts = (definition ? schemaOf(definition, found.node).widgets : []).filter(({ kind }) => kind === "text");
    return texts.map((widget) => ({ found, text: countedText(widget, widgetValue(found.node, widget)) })).filter(({ text }) => text.includes("embedding:"));
  });
}

/** An embedding that a prompt names as what is missing. @param {Found} found @param {Workflow} workflow @param {string} name @returns {MissingFile} */
export function embeddingAsMissing({ node, shownAs }, workflow, name) {
  const named = namedModel(node, workflow, name);
  return {
    type: node.title ?? node.type, widget: "", value: name, nodes: [shownAs], near: [], url: named?.url ?? "", hash: hashOf(named), folder: "embeddings", kind: "embeddings", sha256: sha256Of(named), digits: digitsOf(named),
  };
}
