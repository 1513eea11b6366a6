// Says which node of the open workflow failed, and leads to its card; that a run was cancelled; and what the page itself fails at.
import { RequestError } from "../client/server.js";
import { findNode } from "../document/workflow.js";
import { faceOf } from "../kernels/faces.js";
import { packOf } from "../kernels/pack_of.js";
import { say } from "../texts/texts.js";
import { NotFetched } from "../view/stylesheet.js";
import { RUNNING } from "./notices.js";
/** @import {Editor} from "../editor.js" */

const LONGEST = 160;
// What Chromium, Firefox and Safari say of a module that did not come, none of them by a kind of its own.
const NO_MODULE = /dynamically imported module|importing a module script failed/i;

/** @param {Editor} editor */
export function sayFailures(editor) {
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
    const show = () => editor.showCard(failure.node);
    const isShown = editor.document.graph === workflow;
    editor.notices.show(say("run.failed", { title, problem: words }), "error", isShown ? { label: say("run.show"), run: show } : undefined, RUNNING);
  });
}

/** Say that a run was cancelled: its cards only lose their marks. @param {Editor} editor */
export function sayCancels(editor) {
  editor.runs.listen(({ type, data }) => {
    // One that had not begun was at no node.
    if (type === "execution_interrupted") editor.notices.show(say(data.node_id ? "run.cancelled" : "run.cancelled-waiting"), "info");
  }, () => {});
}

/** Say what nothing else of the page has caught. @param {Editor} editor */
export function sayPageFailures(editor) {
  window.addEventListener("unhandledrejection", ({ reason }) => {
    if (packOf(reason)) return; // Told by the surface for packs, which names the pack.
    const { words, tone } = failureWords(reason, editor.runs.state.value.connection === "lost");
    editor.notices.show(words, tone);
  });
}

/**
 * What to say of a failure; to reload helps only where there is a server.
 * @param {any} reason
 * @param {boolean} isAway
 * @returns {{words: string, tone: "info" | "error"}}
 */
export function failureWords(reason, isAway) {
  const problem = String(reason?.message ?? reason);
  if (reason instanceof NotFetched || NO_MODULE.test(problem)) return { words: say("page.not-fetched"), tone: "info" };
  if (reason instanceof RequestError) return { words: problem, tone: "error" };
  const failed = say("page.failed", { problem });
  return { words: isAway ? failed : `${failed} ${say("page.reload")}`, tone: "error" };
}
