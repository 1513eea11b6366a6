// Tells those who listen to the page what becomes of its runs; that one was cancelled, a notice says.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Editor} from "../editor.js" */

/**
 * A line that is heard, not seen.
 * @param {Editor} editor
 * @returns {HTMLElement}
 */
export function makeRunVoice(editor) {
  const line = element("span", { class: "unseen", role: "status" });
  /** @type {Map<string, number>} of each prompt that runs */
  const pictures = new Map();
  editor.runs.listen(({ type, data }) => {
    if (type === "execution_start") pictures.set(data.prompt_id, 0);
    if (type === "executed") pictures.set(data.prompt_id, (pictures.get(data.prompt_id) ?? 0) + (data.output?.images?.length ?? 0));
    const words = wordsOf(type, data, pictures);
    if (!words) return;
    line.textContent = words;
    if (type !== "execution_start") pictures.delete(data.prompt_id);
  }, () => {});
  return line;
}

/** @param {string} type @param {any} data @param {Map<string, number>} pictures */
function wordsOf(type, data, pictures) {
  const count = pictures.get(data?.prompt_id);
  if (type === "execution_start") return say("run.begun");
  if (type === "execution_success") return count ? say("run.done", { count }) : say("run.done-without");
  // One that was only kept from running ends nothing: the rest of the prompt goes on.
  return type === "execution_error" && data.exception_type !== "ExecutionBlocked" ? say("run.not-done") : "";
}
