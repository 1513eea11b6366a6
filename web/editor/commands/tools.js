// Commands that open the tools around the canvas: all commands, shortcuts, settings, what is missing.
import { findMissing } from "../kernels/missing.js";
import { RUNNING } from "../panels/notices.js";
import { say } from "../texts/texts.js";
import { closest, element } from "../view/dom.js";
import { holdingKeys } from "../view/held_keys.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Command, Commands} from "./registry.js" */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {Commands} commands
 * @returns {Command[]}
 */
export function toolCommands(editor, stage, commands) {
  return [
    { id: "export-png", section: "File", run: async () => (await import("./export_picture.js")).exportPng(editor, stage) },
    { id: "export-svg", section: "File", run: async () => (await import("./export_picture.js")).exportSvg(editor, stage) },
    { id: "missing", section: "Edit", run: async () => (await holdingKeys(import("../panels/missing.js"))).openMissing(editor, stage) },
    { id: "outline", section: "View", keys: ["O"], run: async () => (await holdingKeys(import("../panels/outline.js"))).openOutline(editor, stage) },
    { id: "bare", section: "View", keys: ["F"], run: toggleBars },
    { id: "refresh", section: "Edit", keys: ["R"], run: () => refresh(editor) },
    { id: "palette", section: "Help", keys: ["Ctrl+Shift+P"], worksInText: true, run: async () => (await holdingKeys(import("../panels/palette.js"))).openPalette(editor, commands) },
    { id: "keys", section: "Help", keys: ["?", "Ctrl+Shift+K"], run: async () => (await holdingKeys(import("../panels/shortcuts.js"))).openShortcuts(editor, commands) },
    { id: "settings", section: "Help", keys: ["Ctrl+,"], worksInText: true, run: async () => (await holdingKeys(import("../panels/settings.js"))).openSettings(editor, commands) },
  ];
}

/** The bars give way to the canvas; a button that stays, for who has no keys, brings them back. */
function toggleBars() {
  const isBare = document.body.classList.toggle("is-bare");
  if (!isBare) return document.querySelector(".bars-back")?.remove();
  const back = element("button", { type: "button", class: "button is-small bars-back", onclick: toggleBars }, say("page.bars"));
  document.querySelector("#editor")?.append(back);
}

/** Ask the server again for its nodes and the files that they offer. @param {Editor} editor @param {string} [told] */
async function refresh(editor, told = say("page.refreshed")) {
  try {
    editor.definitions.value = await editor.server.nodeDefinitions();
    editor.notices.show(told, "info");
  } catch (error) {
    editor.notices.show(/** @type {Error} */ (error).message, "error");
  }
}

/** A model that has been fetched is chosen from at once: cards that miss it become good. @param {Editor} editor */
export function attachFetches(editor) {
  editor.fetches.come.subscribe((fetch) => fetch && refresh(editor, say("missing.come", { name: fetch.name })));
}

/** What the mark of a card leads to: the panel where a file is missing, otherwise the value that is wrong. @param {Editor} editor @param {Commands} commands @param {HTMLElement} card */
function explain({ document: open, definitions }, commands, card) {
  // What lies in a subgraph is listed by the card of the whole workflow that is the subgraph.
  const id = String(open.scope.value[0]?.host ?? card.dataset.node);
  const isMissing = findMissing(open.workflow, definitions.value).files.some(({ nodes }) => nodes.includes(id));
  if (isMissing) return commands.run("missing");
  const wrong = card.querySelector("[aria-invalid=true]");
  if (wrong instanceof HTMLElement) wrong.focus();
}

/** Say it once of every workflow that names what this server does not have. @param {Editor} editor @param {Commands} commands */
export function attachMissing(editor, commands) {
  const looked = new Set();
  /** @type {HTMLElement | undefined} */
  let shown;
  const tell = () => {
    const action = { label: say("missing.look"), run: () => commands.run("missing") };
    shown = editor.notices.show(say("missing.some", { name: editor.tabs.active.value.name }), "error", action, RUNNING);
  };
  document.addEventListener("click", (event) => {
    const mark = closest(event, ".card-wrong");
    if (mark) explain(editor, commands, /** @type {HTMLElement} */ (mark.closest(".card")));
  });
  // It is of the workflow that is shown, by the name that this has.
  editor.document.name.subscribe(() => shown?.isConnected && tell());
  editor.tabs.active.subscribe(async (tab) => {
    if (looked.has(tab)) return;
    looked.add(tab);
    await editor.ready;
    const { classes, files } = findMissing(tab.workflow, editor.definitions.value);
    if (!classes.length && !files.length) files.push(...(await (await import("../client/noted.js")).missingNoted(editor.server, tab.workflow)));
    if (tab === editor.tabs.active.value && (classes.length || files.length)) tell();
  });
}
