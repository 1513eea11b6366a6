// The value that a widget had in the last run of this workflow, such as the seed of the picture that is shown.
import { changeNode } from "../document/edits.js";
import { changeGraph } from "../document/scopes.js";
import { findNode } from "../document/workflow.js";
import { faceOf } from "../kernels/faces.js";
import { shownGraph, withShownValue } from "../kernels/host_values.js";
import { fixed } from "../kernels/seeds.js";
import { widgetValue } from "../kernels/widget_values.js";
import { say } from "../texts/texts.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Widget} from "../kernels/schema.js" */

const MOST_LOOKED_AT = 100;

/**
 * Set what the widget had in the last finished run, and keep it from moving on.
 * @param {Editor} editor
 * @param {string} id
 * @param {Widget} widget
 */
export async function useLastValue(editor, id, widget) {
  try {
    const value = await lastValue(editor, id, widget);
    if (value === undefined) editor.notices.show(say("widget.no-last"), "error");
    else setAndKeep(editor, id, widget, value);
  } catch (error) {
    editor.notices.show(/** @type {Error} */ (error).message, "error");
  }
}

/** @param {Editor} editor @param {string} id @param {Widget} widget @returns {Promise<any>} undefined where there is none */
async function lastValue(editor, id, widget) {
  const { document: open, server, runs } = editor;
  const shown = new Set(Object.values(runs.state.value.nodes).map((card) => card.version));
  const { jobs } = await server.jobs({ states: ["completed"], order: "ended", limit: MOST_LOOKED_AT });
  const last = jobs.find((job) => shown.has(job.id) || (open.workflow.id && job.workflow_id === open.workflow.id));
  const job = last && (await server.job(last.id));
  if (!job) return undefined;
  const sent = /** @type {Workflow | undefined} */ (job.workflow.extra_data.extra_pnginfo?.workflow);
  const graph = sent && shownGraph(sent, open.scope.value, editor.definitions.value);
  const node = graph && findNode(graph, id);
  const was = node && graph && faceOf(graph, node, editor.definitions.value).widgets.find((item) => item.name === widget.name);
  return was ? widgetValue(node, was) : job.workflow.prompt[open.scopePath + id]?.inputs[widget.name];
}

/** @param {Editor} editor @param {string} id @param {Widget} widget @param {any} value */
function setAndKeep(editor, id, widget, value) {
  const { document: open, definitions } = editor;
  const node = findNode(open.graph, id);
  if (!node) return;
  const { widgets } = faceOf(open.graph, node, definitions.value);
  const scope = open.scope.value;
  open.editWhole(`Change ${widget.name}`, (workflow) => {
    const changed = withShownValue(workflow, definitions.value, { scope, id, widget }, value);
    return changeGraph(changed, scope.at(-1)?.definition, (graph) => changeNode(graph, id, (current) => fixed(current, widgets, widget)));
  });
}
