// The subgraphs that can be put on the canvas: those in the library, and those of the workflow; and keeping one.
import { KeptSubgraphs } from "../client/kept_subgraphs.js";
import { faceOf } from "../kernels/faces.js";
import { aloneWorkflow, offerOf, ownOffers } from "../kernels/offered_subgraphs.js";
import { findNode } from "../document/workflow.js";
import { nameProblem } from "../kernels/workflow_names.js";
import { askText, confirmThat } from "../panels/dialog.js";
import { say } from "../texts/texts.js";
import { attempt } from "./jobs.js";
/** @import {Editor} from "../editor.js" */
/** @import {NodeDefinitions} from "../document/types.js" */
/** @import {Offer} from "../kernels/offered_subgraphs.js" */

/** @type {WeakMap<Editor, KeptSubgraphs>} */
const libraries = new WeakMap();
/** What could not be read is said once. @type {Set<string>} */
const said = new Set();

/** @param {Editor} editor */
export function keptBy(editor) {
  const kept = libraries.get(editor) ?? new KeptSubgraphs(editor.server);
  libraries.set(editor, kept);
  return kept;
}

/**
 * What is offered now, by the name of its class.
 * @param {Editor} editor
 * @returns {Promise<Map<string, Offer>>}
 */
export async function offersFor(editor) {
  const { workflow, graph } = editor.document;
  const category = say("library.subgraphs");
  const kept = (await keptBy(editor).all()).flatMap(({ path, workflow: file }) => {
    const offer = file && offerOf(file, { path, category });
    if (!offer && !said.has(path)) editor.notices.show(say("library.unreadable", { name: path }), "info");
    if (!offer) said.add(path);
    return offer ?? [];
  });
  const own = ownOffers(workflow, graph, `${category}/${say("library.of-workflow")}`);
  return new Map([...kept, ...own].map((offer) => [offer.definition.name, offer]));
}

/** The node classes and what is offered beside them. @param {NodeDefinitions} definitions @param {Map<string, Offer>} offers @returns {NodeDefinitions} */
export function withOffers(definitions, offers) {
  if (!offers.size) return definitions;
  return { ...definitions, ...Object.fromEntries([...offers].map(([name, { definition }]) => [name, definition])) };
}

/** Ask for a name and keep a subgraph in the library under it. @param {Editor} editor @param {string} id of a node that is one */
export async function keepSubgraph(editor, id) {
  const graph = editor.shownGraph;
  const node = findNode(graph, id);
  if (!node) return;
  const value = faceOf(graph, node, editor.definitions.value).title;
  const accept = async (/** @type {string} */ name) => nameProblem(name) || keep(editor, id, name);
  const name = await askText({ title: say("command.keep-subgraph").replace("…", ""), label: say("library.keep-name"), value, button: say("library.keep"), accept });
  if (name) editor.notices.show(say("library.kept", { name }), "info");
}

/** @param {Editor} editor @param {string} id @param {string} name @returns {Promise<string>} why not, "" where it is kept */
async function keep(editor, id, name) {
  const workflow = aloneWorkflow(editor.shownGraph, id, name.replace(/^.*\//, ""));
  if (!workflow) return say("page.empty");
  const kept = keptBy(editor);
  try {
    if (await kept.keep(name, workflow, false)) return "";
    const isSure = await confirmThat({ title: say("library.replace-title"), message: say("library.replace", { name }), button: say("library.replace-title") });
    if (!isSure) return say("library.other-name");
    await kept.keep(name, workflow, true);
    return "";
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

/** Take a subgraph out of the library, after asking. @param {Editor} editor @param {Offer} offer */
export async function removeKept(editor, { definition, path }) {
  const name = definition.display_name ?? path;
  const isSure = await confirmThat({ title: say("library.remove", { name }), message: say("library.remove-sure", { name }), button: say("library.remove-button") });
  if (isSure) await attempt(editor, () => keptBy(editor).remove(path));
}
