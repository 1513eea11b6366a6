// Says which node of the open workflow failed, and leads to its card; says that a run was cancelled.
import { findNode } from "../document/workflow.js";
import { faceOf } from "../kernels/faces.js";
import { say } from "../texts/texts.js";
import { RUNNING } from "./notices.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

const LONGEST = 160;

/** @param {Editor} editor @param {Stage} stage */
export function sayFailures(editor, stage) {
  let said = editor.runs.state.value.failure;
  editor.runs.state.subscribe(({ failure }) => {
    if (!failure || failure === said) return;
    said = failure;
    const workflow = editor.document.workflow;
    const node = findNode(workflow, failure.node);
    if (!node) return;
    const { title } = faceOf(workflow, node, editor.definitions.value);
    const line = failure.message.split("\n")[0];
    const words = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
    const show = () => {
      editor.select([failure.node]);
      stage.focusCard(failure.node);
    };
    const isShown = editor.document.graph === workflow;
    editor.notices.show(say("run.failed", { title, problem: words }), "error", isShown ? { label: say("run.show"), run: show } : undefined, RUNNING);
  });
}

/** Say that a run was cancelled: its cards only lose their marks. @param {Editor} editor */
export function sayCancels(editor) {
  editor.runs.listen(({ type }) => {
    if (type === "execution_interrupted") editor.notices.show(say("run.cancelled"), "info");
  }, () => {});
}
