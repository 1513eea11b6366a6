// The bar at the top: menu, the workflow's name, what the queue does, Cancel and Queue.
import { overallProgress } from "../kernels/run_state.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
/** @import {Commands} from "../commands/registry.js" */
/** @import {Editor} from "../editor.js" */
/** @import {RunState} from "../kernels/run_state.js" */
/** @import {Stage} from "../view/stage.js" */

const TITLE = "Skein";

/**
 * @param {HTMLElement} root
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {Commands} commands
 * @param {HTMLElement} menu
 */
export function makeToolbar(root, editor, stage, commands, menu) {
  const name = element("input", { class: "workflow-name", "aria-label": "Workflow name", spellcheck: "false", autocomplete: "off" });
  const modified = element("span", { class: "modified", title: say("page.changed-since"), "aria-label": say("page.changed"), hidden: true }, "•");
  const undo = commandButton(commands, "undo", "↶");
  const redo = commandButton(commands, "redo", "↷");
  const status = element("div", { class: "queue-status", role: "status" });
  const bar = element("div", { class: "queue-progress", role: "progressbar", "aria-label": say("page.progress"), hidden: true }, element("i"));
  const cancel = commandButton(commands, "cancel", say("command.cancel"), "button is-cancel");
  const queue = commandButton(commands, "queue", say("command.queue"), "button is-primary");
  const zoom = element("output", { class: "zoom-level", "aria-label": say("page.zoom") });
  root.append(
    element(
      "header",
      { class: "toolbar" },
      menu,
      element("span", { class: "brand" }, TITLE),
      name,
      modified,
      element("span", { class: "tool-group" }, undo, redo),
      element("span", { class: "spacer" }),
      element("div", { class: "queue-box" }, status, bar),
      cancel,
      queue,
    ),
    element(
      "aside",
      { class: "zoom-box", "aria-label": say("page.view") },
      commandButton(commands, "zoom-out", "−"),
      zoom,
      commandButton(commands, "zoom-in", "+"),
      commandButton(commands, "fit", say("page.fit"), "tool is-word"),
    ),
  );
  name.addEventListener("change", () => {
    editor.document.name.value = name.value.trim() || say("page.untitled");
  });

  const showDocument = () => {
    name.value = editor.document.name.value;
    name.size = Math.max(8, name.value.length);
    undo.disabled = !editor.document.history.canUndo;
    redo.disabled = !editor.document.history.canRedo;
    undo.title = buttonTitle(commands, "undo", editor.document.history.undoLabel);
    redo.title = buttonTitle(commands, "redo", editor.document.history.redoLabel);
  };
  const showRun = (/** @type {RunState} */ state) => {
    const share = overallProgress(state);
    const words = statusWords(editor, state);
    status.textContent = words;
    cancel.disabled = !state.pending.length;
    bar.hidden = !state.promptId;
    /** @type {HTMLElement} */ (bar.firstElementChild).style.transform = `scaleX(${share})`;
    bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    document.title = pageTitle(editor, state, share);
  };
  editor.document.current.subscribe(showDocument);
  editor.document.modified.subscribe((isModified) => {
    modified.hidden = !isModified;
  });
  editor.document.name.subscribe(() => {
    showDocument();
    showRun(editor.runs.state.value);
  });
  editor.runs.state.subscribe(showRun);
  stage.viewport.subscribe(({ scale }) => {
    const words = `${Math.round(scale * 100)} %`;
    if (zoom.textContent !== words) zoom.textContent = words;
  });
  showDocument();
  showRun(editor.runs.state.value);
}

/**
 * A button that runs a command.
 * @param {Commands} commands
 * @param {string} id
 * @param {string} text
 * @param {string} [style]
 */
function commandButton(commands, id, text, style = "tool") {
  const isWord = /^\w/.test(text);
  const name = isWord ? null : commands.get(id).label;
  const run = () => commands.run(id);
  return element("button", { type: "button", class: style, title: buttonTitle(commands, id), "aria-label": name, onclick: run }, text);
}

/** @param {Commands} commands @param {string} id @param {string} [what] */
function buttonTitle(commands, id, what = "") {
  const { label, keys } = commands.get(id);
  return `${label}${what ? ` “${what}”` : ""}${keys?.length ? ` (${keys[0]})` : ""}`;
}

/** @param {Editor} editor @param {RunState} state */
function statusWords(editor, state) {
  const others = state.waiting - (state.promptId ? 1 : 0);
  const waiting = others > 0 ? say("page.waiting", { count: others }) : "";
  if (!state.promptId) return waiting;
  const card = state.node === null ? undefined : state.nodes[state.node];
  const steps = card?.max && card.max > 1 ? `${card.value ?? 0}/${card.max}${speed(state, card.value ?? 0)}` : "";
  return [runningTitle(editor, state), steps, waiting].filter(Boolean).join(" · ");
}

/** @param {RunState} state @param {number} steps */
function speed(state, steps) {
  const seconds = (Date.now() - state.startedAt) / 1000;
  if (steps < 2 || seconds < 0.5) return "";
  const perSecond = steps / seconds;
  return perSecond >= 1 ? ` · ${perSecond.toFixed(1)} it/s` : ` · ${(1 / perSecond).toFixed(1)} s/it`;
}

/** @param {Editor} editor @param {RunState} state */
function runningTitle(editor, state) {
  if (state.node === null) return say("page.starting");
  const node = editor.document.workflow.nodes.find((item) => String(item.id) === state.node);
  return node?.title || (node && editor.definitions.value[node.type]?.display_name) || node?.type || say("page.running");
}

/** @param {Editor} editor @param {RunState} state @param {number} share */
function pageTitle(editor, state, share) {
  if (!state.promptId) return `${editor.document.name.value} – ${TITLE}`;
  return `[${Math.round(share * 100)}%] ${runningTitle(editor, state)} – ${TITLE}`;
}
