// What can be put on the canvas, as trees: node classes by category, models by folder with the node that loads them.
import { definitionOf } from "./faces.js";
import { newNode } from "./new_node.js";
import { schemaOf } from "./schema.js";
import { searchNodes } from "./search.js";
import { classTitle } from "./titles.js";
import { hasWords, wordsOf } from "./words.js";
import { withWidgetValue } from "./widget_values.js";
import { addNode } from "../document/edits.js";
import { nodePosition } from "../document/workflow.js";
/** @import {NodeDefinition, NodeDefinitions, Workflow, WorkflowNode} from "../document/types.js" */
/** @import {Point} from "./geometry.js" */

/** Something to put on the canvas: a node of a class, with a value where it is a model. @typedef {{type: string, value?: string}} Entry */
/** @typedef {{entry: Entry, name: string, hint: string, path: string[]}} Item `path`: the folders around it, outermost first */
/** @typedef {{name: string, folders: Folder[], items: Item[]}} Folder */

/** The node that loads each kind of model, and the widget that names the file. @type {Record<string, [string, string]>} */
const LOADERS = {
  checkpoints: ["CheckpointLoaderSimple", "ckpt_name"],
  loras: ["LoraLoader", "lora_name"],
  vae: ["VAELoader", "vae_name"],
  controlnet: ["ControlNetLoader", "control_net_name"],
  diffusion_models: ["UNETLoader", "unet_name"],
  text_encoders: ["CLIPLoader", "clip_name"],
  clip_vision: ["CLIPVisionLoader", "clip_name"],
  style_models: ["StyleModelLoader", "style_model_name"],
  upscale_models: ["UpscaleModelLoader", "model_name"],
  hypernetworks: ["HypernetworkLoader", "hypernetwork_name"],
  gligen: ["GLIGENLoader", "gligen_name"],
  photomaker: ["PhotoMakerLoader", "photomaker_model_name"],
};
const STACKED = 30;

/** The node classes in which all words are found. @param {NodeDefinitions} definitions @param {string} words @returns {Item[]} */
export function nodeItems(definitions, words) {
  const found = searchNodes(definitions, words, [], Infinity);
  return found.map((definition) => ({ entry: { type: definition.name }, name: classTitle(definition), hint: definition.description ?? "", path: (definition.category ?? "").split("/").filter(Boolean) }));
}

/** The models of all kinds that have a loader here, in whose place and name all words are found. @param {NodeDefinitions} definitions @param {string} words @returns {Item[]} */
export function modelItems(definitions, words) {
  const wanted = wordsOf(words);
  const all = Object.entries(LOADERS).flatMap(([kind, [type, widget]]) => {
    const choices = loaderWidget(definitions[type], widget)?.choices ?? [];
    return choices.map((choice) => modelItem(kind, type, String(choice)));
  });
  return all.filter(({ path, hint }) => hasWords(`${path[0]} ${hint}`, wanted));
}

/** Items in their folders, both by name. @param {Item[]} items @returns {Folder} */
export function folderOf(items) {
  /** @type {Folder} */
  const root = { name: "", folders: [], items: [] };
  for (const item of items) {
    let folder = root;
    for (const name of item.path) {
      let next = folder.folders.find((other) => other.name === name);
      if (!next) folder.folders.push((next = { name, folders: [], items: [] }));
      folder = next;
    }
    folder.items.push(item);
  }
  return sorted(root);
}

/**
 * The workflow with an entry put at a point, a little aside where a node is already.
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @param {Entry} entry
 * @param {Point} at
 * @returns {{workflow: Workflow, id: number} | null} null where the class is not known
 */
export function placeEntry(workflow, definitions, { type, value }, at) {
  const definition = definitionOf(definitions, type);
  if (!definition) return null;
  const taken = new Set(workflow.nodes.map((node) => nodePosition(node).join()));
  const place = { x: Math.round(at.x), y: Math.round(at.y) };
  while (taken.has(`${place.x},${place.y}`)) Object.assign(place, { x: place.x + STACKED, y: place.y + STACKED });
  const node = newNode(definition, place);
  const widget = value === undefined ? undefined : loaderWidget(definition, Object.values(LOADERS).find(([name]) => name === type)?.[1]);
  const filled = widget ? withWidgetValue(/** @type {WorkflowNode} */ (node), schemaOf(definition).widgets, widget, value) : node;
  return addNode(workflow, filled);
}

/** @param {NodeDefinition | undefined} definition @param {string | undefined} name */
function loaderWidget(definition, name) {
  return definition && schemaOf(definition).widgets.find((widget) => widget.name === name);
}

/** @param {string} kind @param {string} type @param {string} file @returns {Item} */
function modelItem(kind, type, file) {
  const parts = file.split(/[\\/]/);
  return { entry: { type, value: file }, name: parts[parts.length - 1], hint: file, path: [kind, ...parts.slice(0, -1)] };
}

/** @param {Folder} folder @returns {Folder} */
function sorted({ name, folders, items }) {
  const byName = (/** @type {{name: string}} */ a, /** @type {{name: string}} */ b) => a.name.localeCompare(b.name);
  return { name, folders: folders.map(sorted).sort(byName), items: [...items].sort(byName) };
}
