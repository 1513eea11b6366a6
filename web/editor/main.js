// Puts the editor together and opens the draft or the default workflow.
import { attachClipboard } from "./commands/clipboard.js";
import { editCommands } from "./commands/edit.js";
import { attachDrop, fileCommands, openDefault, show } from "./commands/file.js";
import { attachShortcuts, Commands } from "./commands/registry.js";
import { attachRepeating } from "./commands/repeating.js";
import { dismissError, forgetMendedErrors, runCommands } from "./commands/run.js";
import { sayFailures } from "./panels/failures.js";
import { viewCommands } from "./commands/view.js";
import { changeWidget, takePicture, uploadPicture } from "./commands/widgets.js";
import { keepDraft, readDraft } from "./document/draft.js";
import { loadExtensions } from "./compat/load.js";
import { setTitle } from "./document/edits.js";
import { Editor } from "./editor.js";
import { attachContextMenu } from "./gestures/context_menu.js";
import { attachPointer } from "./gestures/pointer.js";
import { attachZoom } from "./gestures/zoom.js";
import { withResults } from "./kernels/run_cards.js";
import { randomValue } from "./kernels/seeds.js";
import { makeMenu, openContextMenu, openKeySheet, openPicture } from "./panels/menu.js";
import { Notices } from "./panels/notices.js";
import { SearchBox } from "./panels/search_box.js";
import { makeToolbar } from "./panels/toolbar.js";
import { pickLanguage, say, speak } from "./texts/texts.js";
import { Stage } from "./view/stage.js";
import { readTheme, typeColour } from "./view/theme.js";

const RETRY_MS = 700;

await speak(pickLanguage("auto", navigator.languages));

const root = /** @type {HTMLElement} */ (document.getElementById("editor"));
const stageRoot = /** @type {HTMLElement} */ (document.getElementById("stage"));
const editor = new Editor(new Notices(root));
const theme = readTheme();
const stage = new Stage(stageRoot, editor, {
  changeWidget: (id, widget, value) => changeWidget(editor, id, widget, value),
  randomise: (id, widget) => changeWidget(editor, id, widget, randomValue(widget)),
  upload: (id, widget, file) => uploadPicture(editor, id, widget, file),
  dismissError: (id) => dismissError(editor, id),
  rename: (id, title) => editor.document.edit("Rename", (workflow) => setTitle(workflow, id, title)),
  openPicture,
  viewUrl: (file, version) => editor.server.viewUrl(file, version),
  typeColour: (type) => typeColour(theme, type),
});
const search = new SearchBox(root, editor, stage);
const commands = new Commands();
commands.add([
  ...fileCommands(editor, stage),
  ...editCommands(editor, stage),
  ...viewCommands(editor, stage, { openSearch: searchInTheMiddle, openKeys: () => openKeySheet(commands) }),
  ...runCommands(editor),
]);
makeToolbar(root, editor, stage, commands, makeMenu(commands));
attachShortcuts(commands);
attachPointer({ editor, stage, openSearch: (request) => search.open(request) });
attachZoom(stage);
attachContextMenu(editor, stage, (sections, at) => openContextMenu(root, commands, sections, at));
forgetMendedErrors(editor);
attachRepeating(editor);
sayFailures(editor, stage);
attachClipboard(editor, stage);
attachDrop(editor, stage, (id, file) => takePicture(editor, id, file));
stageRoot.addEventListener("focusin", selectFocused);
editor.runs.state.subscribe(sayConnection);

window.addEventListener("unhandledrejection", ({ reason }) => {
  editor.notices.show(say("page.failed", { problem: String(reason?.message ?? reason) }), "error");
});
/** @type {import("./kernels/run_state.js").RunState["connection"]} */
let saidConnection = "connecting";
await start();

async function start() {
  const draft = readDraft();
  const definitions = loadDefinitions();
  if (draft) show(editor, stage, draft.workflow, draft.name, { modified: draft.isModified });
  else await openDefault(editor, stage);
  editor.runs.update((state) => withResults(state, draft?.results ?? {}));
  await definitions;
  keepDraft(editor.document, editor.runs.state, (problem) => editor.notices.show(problem, "error"));
  editor.runs.connect();
  await loadExtensions({ editor, stage, commands }).catch((error) => editor.notices.show(`The packs' scripts cannot be loaded: ${error.message}`, "error"));
}

/** The node classes; asked for again until the server has them. */
async function loadDefinitions() {
  for (;;) {
    try {
      editor.definitions.value = await editor.server.nodeDefinitions();
      editor.notices.stand("");
      return;
    } catch (error) {
      editor.notices.stand(say("page.waiting-for-nodes", { problem: /** @type {Error} */ (error).message }));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** @param {import("./kernels/run_state.js").RunState} state */
function sayConnection({ connection }) {
  if (connection === saidConnection) return;
  saidConnection = connection;
  const isLost = connection === "lost";
  editor.notices.stand(isLost ? say("page.connection-lost") : "");
}

function searchInTheMiddle() {
  const screen = { x: stage.screen.w / 2, y: stage.screen.h / 3 };
  const { x, y, scale } = stage.viewport.value;
  search.open({ screen, at: { x: (screen.x - x) / scale, y: (screen.y - y) / scale } });
}

/** A card that gets the keyboard's focus is selected, so that commands reach it. @param {FocusEvent} event */
function selectFocused(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const id = target.matches(".card:focus-visible") ? target.dataset.node : undefined;
  if (id && !editor.selection.value.has(id)) editor.select([id]);
}
