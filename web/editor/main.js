// Puts the editor together and opens the draft or the default workflow.
import { arrangeCommands, renameGroupAt } from "./commands/arrange.js";
import { attachClipboard, clipboardCommands } from "./commands/clipboard.js";
import { editCommands, historyCommands } from "./commands/edit.js";
import { attachDrop, fileCommands, openDefault } from "./commands/file.js";
import { attachAutosave } from "./commands/save.js";
import { attachTabs, closeTab, tabCommands } from "./commands/tabs.js";
import { attachFetches, attachMissing, toolCommands } from "./commands/tools.js";
import { attachShortcuts, Commands } from "./commands/registry.js";
import { bendLink, linkCommands } from "./commands/links.js";
import { attachRepeating } from "./commands/repeating.js";
import { dismissError, forgetMendedErrors, runCommands } from "./commands/run.js";
import { sayCancels, sayFailures, sayPageFailures } from "./panels/failures.js";
import { openSubgraph, subgraphCommands } from "./commands/subgraphs.js";
import { turningCommands } from "./commands/turning.js";
import { viewCommands } from "./commands/view.js";
import { changeWidget, isPromptAt, takeBackWidget, takePicture, uploadPicture } from "./commands/widgets.js";
import { choicePictures, hasPictures } from "./client/choice_pictures.js";
import { Drafts } from "./client/drafts.js";
import { loadExtensions } from "./compat/load.js";
import { Editor } from "./editor.js";
import { attachPictureDrags } from "./gestures/drag_pictures.js";
import { attachContextMenu } from "./gestures/context_menu.js";
import { attachPointer } from "./gestures/pointer.js";
import { attachSpacePan } from "./gestures/space_pan.js";
import { attachZoom } from "./gestures/zoom.js";
import { cardsOf, resultsOf, withCards } from "./kernels/run_cards.js";
import { isPromoted } from "./kernels/promotion.js";
import { randomValue } from "./kernels/seeds.js";
import { makeBreadcrumbs } from "./panels/breadcrumbs.js";
import { makeMenus } from "./panels/menu.js";
import { Notices } from "./panels/notices.js";
import { makeTabBar } from "./panels/tab_bar.js";
import { makeToolbar } from "./panels/toolbar.js";
import { preload } from "./preload.js";
import { pickLanguage, say, speak } from "./texts/texts.js";
import { attachHeldKeys, holdingKeys } from "./view/held_keys.js";
import { attachRevealing } from "./view/revealing.js";
import { Stage } from "./view/stage.js";
import { readSettings } from "./preferences/settings.js";
import { SHORTCUTS } from "./preferences/table.js";
import { applyTheme, typeColour } from "./view/theme.js";

const RETRY_MS = 700;
const PATIENCE_MS = 400;
const PRELOAD_AFTER_MS = 2500;
/** @type {Set<string>} */
const shownOnce = new Set();
let hasRested = false;

await speak(pickLanguage(readSettings()["skein.language"], navigator.languages));

const root = /** @type {HTMLElement} */ (document.getElementById("editor"));
const stageRoot = /** @type {HTMLElement} */ (document.getElementById("stage"));
const editor = new Editor(new Notices(root));
applyTheme(editor.settings.get("skein.theme"));
editor.settings.of("skein.theme").subscribe(applyTheme);
/** @type {Stage} */
const stage = new Stage(stageRoot, editor, {
  changeWidget: (id, widget, value, gesture) => changeWidget(editor, id, widget, value, gesture),
  takeBackWidget: (id, widget, gesture) => takeBackWidget(editor, id, widget, gesture),
  randomise: (id, widget) => changeWidget(editor, id, widget, randomValue(widget)),
  useLast: async (id, widget) => (await import("./commands/last_value.js")).useLastValue(editor, id, widget),
  axisNames: async (id) => (await import("./kernels/grid_axes.js")).axisNames(editor.document.graph, id, editor.definitions.value),
  hasPictures,
  choicePictures: (widget) => choicePictures(editor.server, widget),
  promptNames: (kind) => editor.server.promptNames(kind),
  isPromptText: (id, widget) => isPromptAt(editor, id, widget),
  countTokens: (text) => editor.tokenCounts.of(text),
  upload: (id, widget, file) => uploadPicture(editor, id, widget, file),
  dismissError: (id) => dismissError(editor, editor.document.scopePath + id),
  rename: async (id, title) => (await inside()).renameNode(editor, id, title),
  openSubgraph: (id) => openSubgraph(editor, stage, id),
  promote: async (id, widget) => (await inside()).promoteWidget(editor, id, widget),
  isPromoted: (id, widget) => (editor.document.scope.value.length ? isPromoted(editor.openedHost, id, widget) : null),
  removeSlot: async (box, index) => (await inside()).removeSlot(editor, box, index),
  labelSlot: async (box, index, label) => (await inside()).labelSlot(editor, box, index, label),
  openPictures: (pictures, index) => holdingKeys(import("./panels/lightbox.js").then(({ openLightbox }) => openLightbox(editor, stage, pictures, index))),
  paintMask: async (id, file) => (await holdingKeys(import("./commands/send.js"))).paintMask(editor, stage, id, file),
  paint: async (id) => (await holdingKeys(import("./panels/painter_dialog.js"))).openPainter(editor, id),
  showGround: async (id, area) => (await import("./view/painting_ground.js")).showGround(editor, id, area),
  viewUrl: (file, version) => editor.server.viewUrl(file, version),
  typeColour: (type) => typeColour(stage.theme, type),
});
editor.showCard = (/** @type {string} */ id) => {
  editor.select([id]);
  stage.focusCard(id);
};
/** @type {import("./panels/search_box.js").SearchBox | undefined} */
let search;
const commands = new Commands();
commands.add([
  ...fileCommands(editor, root, (file) => addPicture(file, { clientX: innerWidth / 2, clientY: innerHeight / 2 })),
  ...historyCommands(editor, stage),
  ...clipboardCommands(editor, stage),
  ...editCommands(editor, stage),
  ...viewCommands(editor, stage, { openSearch: searchInTheMiddle, openLibrary }),
  ...subgraphCommands(editor, stage),
  ...turningCommands(editor),
  ...arrangeCommands(editor, stage),
  ...linkCommands(editor, stage, { openSearch }),
  ...runCommands(editor),
  ...toolCommands(editor, stage, commands),
  ...tabCommands(editor),
  { id: "server-log", section: "View", keys: ["Ctrl+`"], run: () => holdingKeys(import("./panels/server_log.js").then(({ toggleLog }) => toggleLog(root, editor))) },
  { id: "queue-panel", section: "Run", keys: ["Q"], run: openQueuePanel },
]);
commands.rebind(editor.settings.get(SHORTCUTS) ?? {});
editor.settings.of(SHORTCUTS).subscribe((shortcuts) => commands.rebind(shortcuts ?? {}));
makeToolbar(root, editor, stage, commands, makeMenus(commands), makeTabBar(editor, {
  close: (tab) => closeTab(editor, tab),
  create: () => commands.run("new"),
  openMenu: async (tab, rename, at) => (await import("./commands/tab_menu.js")).openTabMenu(root, editor, tab, rename, at),
}));
attachTabs(editor, stage);
attachMissing(editor, commands);
attachFetches(editor);
makeBreadcrumbs(root, editor, stage);
showMinimap();
editor.settings.of("skein.minimap").subscribe(showMinimap);
attachHeldKeys();
attachShortcuts(commands);
attachPictureDrags();
attachPointer({ editor, stage, openSearch, addPrimitive: async (value) => (await holdingKeys(import("./commands/primitive.js"))).addPrimitive(editor, stage, value), isPanning: attachSpacePan(stage, searchInTheMiddle), openSubgraph: (id) => openSubgraph(editor, stage, id), bendLink: (link, at) => bendLink(editor, stage, link, at), renameGroup: (point) => renameGroupAt(editor, stage, point) });
attachRevealing(stage);
attachZoom(stage, () => editor.settings.get("skein.wheel") === "pan");
attachContextMenu(editor, stage, (pressed, at) => holdingKeys(openMenu(pressed, at)));
forgetMendedErrors(editor);
sayFailures(editor);
sayCancels(editor);
attachClipboard(editor, stage);
attachAutosave(editor);
attachDrop(editor, {
  take: (id, file) => takePicture(editor, id, file),
  add: addPicture,
});
stageRoot.addEventListener("focusin", selectFocused);
editor.runs.state.subscribe(sayConnection);

sayPageFailures(editor);
/** @type {import("./kernels/run_state.js").RunState["connection"]} */
let saidConnection = "connecting";
let saidTrouble = "";
/** @type {import("./compat/app.js").PackApp | null} */
let packs = null;
await start();
for (const source of [editor.document.current, editor.document.scope]) source.subscribe(showBeginning);
showBeginning();
setTimeout(() => whenIdle(beginPreload), PRELOAD_AFTER_MS);

async function start() {
  const definitions = loadDefinitions();
  await editor.runs.claimed;
  const drafts = new Drafts(editor.runs.clientId, {
    resultsOf: (tab) => resultsOf(cardsOf(editor.runs.state.value, tab.workflow.id ?? "")),
    definitions: () => editor.definitions.value,
    onFull: () => editor.notices.show(say("file.no-room"), "error"),
  });
  const restored = await drafts.read();
  if (!restored) await openDefault(editor);
  editor.runs.keep(restored?.tabs.flatMap((tab) => tab.workflow.id ?? []) ?? []);
  for (const tab of restored?.tabs ?? []) {
    editor.runs.update((state) => withCards(state, tab.workflow.id ?? "", restored?.results.get(tab.id) ?? {}));
  }
  if (restored) editor.tabs.restore(restored.tabs, restored.shown);
  drafts.keep(editor.tabs);
  const settings = editor.settings.load();
  await definitions;
  editor.runs.connect();
  await packs?.begin().catch(sayPacksFailed);
  // What the page opens by itself is no change that is to be run.
  attachRepeating(editor);
  void settings.finally(() => stageRoot.setAttribute("aria-busy", "false"));
}

/** The node classes; asked for again until the server has them. */
async function loadDefinitions() {
  const late = setTimeout(() => editor.notices.stand(say("card.waiting-for-class")), PATIENCE_MS);
  for (;;) {
    try {
      const definitions = await editor.server.nodeDefinitions();
      // What scripts make of them comes before anybody reads values by them.
      packs = (await loadExtensions({ editor, stage, commands }).catch(sayPacksFailed)) ?? null;
      editor.definitions.value = (await packs?.prepare(definitions).catch(sayPacksFailed)) ?? definitions;
      clearTimeout(late);
      editor.notices.stand("");
      return;
    } catch (error) {
      editor.notices.stand(say("page.waiting-for-nodes", { problem: /** @type {Error} */ (error).message }));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** @param {Error} error */
function sayPacksFailed(error) {
  editor.notices.show(say("page.packs-failed", { problem: error.message }), "error");
}

/** @param {import("./kernels/run_state.js").RunState} state */
function sayConnection({ connection, trouble }) {
  if (connection === saidConnection && trouble === saidTrouble) return;
  saidConnection = connection;
  saidTrouble = trouble;
  editor.notices.stand(connection === "lost" ? say("page.connection-lost") : trouble);
  if (connection === "open" && hasRested) void preload();
}

function beginPreload() {
  hasRested = true;
  void preload();
}

/** @param {() => void} action */
function whenIdle(action) {
  // Safari has no idle callbacks.
  if ("requestIdleCallback" in window) requestIdleCallback(action);
  else setTimeout(action);
}

async function showMinimap() {
  if (!editor.settings.get("skein.minimap")) return;
  await once("minimap", async () => (await import("./panels/minimap.js")).makeMinimap(root, editor, stage));
}

/** A canvas without nodes says how to begin. */
async function showBeginning() {
  if (editor.document.graph.nodes.length) return;
  await once("beginning", async () => (await import("./panels/empty_canvas.js")).makeEmptyCanvas(root, editor, commands));
}

/** Show what the page has once; where it cannot be fetched, the next wish is another try. @param {string} what @param {() => Promise<void>} show */
async function once(what, show) {
  if (shownOnce.has(what)) return;
  shownOnce.add(what);
  await show().catch((error) => {
    shownOnce.delete(what);
    throw error;
  });
}

/** @param {File} file @param {{clientX: number, clientY: number}} at */
async function addPicture(file, at) {
  return (await import("./commands/send.js")).addPicture(editor, stage, file, at);
}

/** @param {import("./gestures/context_menu.js").Pressed} pressed @param {{x: number, y: number}} at */
async function openMenu(pressed, at) {
  const [{ openContextMenu }, { itemsOf }] = await Promise.all([import("./panels/context_menu.js"), import("./commands/pressed.js")]);
  openContextMenu(root, commands, { place: pressed.place, own: itemsOf(editor, stage, pressed, openSearch) }, at);
}

function openQueuePanel() {
  return holdingKeys(import("./panels/queue_panel.js").then(({ toggleQueuePanel }) => toggleQueuePanel(root, editor, stage)));
}

/** @param {import("./panels/library.js").LibraryKind} kind */
function openLibrary(kind) {
  return holdingKeys(import("./panels/library.js").then(({ toggleLibrary }) => toggleLibrary(root, editor, stage, kind)));
}

function inside() {
  return holdingKeys(import("./commands/inside.js"));
}

function searchInTheMiddle() {
  const screen = { x: stage.screen.w / 2, y: stage.screen.h / 3 };
  const { x, y, scale } = stage.viewport.value;
  openSearch({ screen, at: { x: (screen.x - x) / scale, y: (screen.y - y) / scale } });
}

/** @param {import("./panels/search_box.js").SearchRequest} request */
async function openSearch(request) {
  const { SearchBox } = await holdingKeys(import("./panels/search_box.js"));
  search ??= new SearchBox(root, editor, stage);
  search.open(request);
}

/** A card that gets the keyboard's focus is selected, so that commands reach it. @param {FocusEvent} event */
function selectFocused(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const id = target.matches(".card:focus-visible") ? target.dataset.node : undefined;
  if (id && !editor.selection.value.has(id)) editor.select([id]);
}
