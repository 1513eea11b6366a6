// What the queue does, in the toolbar and in the page's title: how far, how fast, how long; Cancel, Queue and its options.
import { faceOf } from "../kernels/faces.js";
import { durationWords, progressOf, speedWords } from "../kernels/progress.js";
import { cardOf } from "../kernels/run_cards.js";
import { runningPrompt } from "../kernels/run_state.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { holdingKeys } from "../view/held_keys.js";
import { buttonTitle, commandButton } from "./command_button.js";
import { makeRunVoice } from "./run_voice.js";
/** @import {Commands} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */
/** @import {Progress} from "../kernels/progress.js" */
/** @import {RunState} from "../kernels/run_state.js" */

const TITLE = "Skein";
const REPEAT_MARKS = { never: "", always: " ∞", changes: " ✎" };

/**
 * The parts of the toolbar that belong to the queue.
 * @param {Editor} editor
 * @param {Commands} commands
 * @returns {HTMLElement[]}
 */
export function makeQueueBar(editor, commands) {
  const status = element("span", { class: "queue-status" });
  const fill = element("i");
  const bar = element("span", { class: "queue-progress", role: "progressbar", "aria-label": say("page.progress"), hidden: true }, fill);
  const openPanel = () => commands.run("queue-panel");
  const open = element("button", { type: "button", class: "queue-open", title: buttonTitle(commands, "queue-panel"), "aria-label": say("jobs.panel"), onclick: openPanel });
  const box = element("div", { class: "queue-box" }, open, status, bar);
  const cancel = commandButton(commands, "cancel", say("command.cancel"), "button is-cancel");
  const queue = commandButton(commands, "queue", say("command.queue"), "button is-primary");
  const options = element("button", { type: "button", class: "button is-options", "aria-label": say("run.options"), "aria-haspopup": "dialog", title: say("run.options") }, "▾");
  options.addEventListener("click", async () => {
    const { openRunOptions } = await holdingKeys(import("./run_options.js"));
    openRunOptions(editor, commands, options);
  });
  const show = () => {
    const state = editor.runs.state.value;
    // What a server that cannot be reached does is not known: its last figures would be false.
    const isLost = state.connection === "lost";
    const progress = isLost ? null : progressOf(state);
    const words = isLost ? say("page.not-connected") : statusWords(editor, state, progress) || say("jobs.panel");
    if (status.textContent !== words) status.textContent = words;
    status.ariaHidden = String(words === say("jobs.panel")); // the button below it is called so
    cancel.disabled = (!state.pending.length && !progress) || isEnding(state);
    bar.hidden = !progress;
    fill.style.transform = `scaleX(${progress?.share ?? 0})`;
    bar.setAttribute("aria-valuenow", String(Math.round(100 * (progress?.share ?? 0))));
    document.title = pageTitle(editor, state, progress);
  };
  const showOptions = () => {
    const { count, repeat } = editor.runOptions.value;
    queue.textContent = `${say("command.queue")}${count > 1 ? ` ×${count}` : ""}${REPEAT_MARKS[repeat]}`;
    queue.setAttribute("aria-label", say("command.queue"));
  };
  editor.runs.state.subscribe(show);
  editor.document.name.subscribe(show);
  editor.runOptions.subscribe(showOptions);
  show();
  showOptions();
  return [box, makeRunVoice(editor), cancel, element("span", { class: "button-pair" }, queue, options)];
}

/** @param {Editor} editor @param {RunState} state @param {Progress | null} progress */
function statusWords(editor, state, progress) {
  const others = state.waiting - Object.keys(state.live).length;
  const waiting = others > 0 ? say("page.waiting", { count: others }) : "";
  // Where there is little room the end is cut off: what keeps all else from going on comes first.
  const first = others > 0 && state.isPaused ? [say("page.paused")] : [];
  if (!progress) return [...first, waiting].filter(Boolean).join(" · ");
  if (isEnding(state)) return [say("run.cancelling"), runningTitle(editor, state), waiting].filter(Boolean).join(" · ");
  const { value, max, perSecond, secondsLeft, share } = progress;
  const parts = [...first, `${Math.round(100 * share)} %`, runningTitle(editor, state)];
  if (max > 1) parts.push(`${value}/${max}`);
  if (perSecond !== null) parts.push(speedWords(perSecond));
  if (secondsLeft !== null) parts.push(say("run.left", { time: durationWords(secondsLeft) }));
  return [...parts, waiting].filter(Boolean).join(" · ");
}

/** Whether what runs was asked to end. @param {RunState} state */
function isEnding(state) {
  const running = runningPrompt(state);
  return running !== null && state.cancelling.includes(running.promptId);
}

/** @param {Editor} editor @param {RunState} state */
function runningTitle(editor, state) {
  const running = runningPrompt(state);
  if (!running || running.node === null) return say("page.starting");
  if (running.workflow !== state.shown) return say("run.another-workflow");
  const node = editor.document.workflow.nodes.find((item) => String(item.id) === cardOf(running.node ?? ""));
  return node?.title || (node && faceOf(editor.document.workflow, node, editor.definitions.value).title) || say("page.running");
}

/** @param {Editor} editor @param {RunState} state @param {Progress | null} progress */
function pageTitle(editor, state, progress) {
  if (!progress) return `${editor.document.name.value} – ${TITLE}`;
  return `[${Math.round(100 * progress.share)}%] ${runningTitle(editor, state)} – ${TITLE}`;
}
