// Commands that move the view or open a panel.
import { zoomAt } from "../kernels/geometry.js";
import { say } from "../texts/texts.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Command} from "./registry.js" */

const ZOOM_STEP = 1.25;

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {{openSearch: () => void, openLibrary: (kind: import("../panels/library.js").LibraryKind) => void}} panels
 * @returns {Command[]}
 */
export function viewCommands(editor, stage, panels) {
  const zoom = (/** @type {number} */ factor) => {
    const middle = { x: stage.screen.w / 2, y: stage.screen.h / 2 };
    stage.viewport.value = zoomAt(stage.viewport.value, middle, factor);
  };
  const takeHand = (/** @type {boolean} */ isHand) => {
    stage.isHand = isHand;
    stage.root.classList.toggle("is-hand", isHand);
    if (isHand) editor.notices.show(say("canvas.hand"), "info", undefined, "hand");
    else editor.notices.withdraw("hand");
  };
  return [
    { id: "hand", section: "View", keys: ["H"], run: () => takeHand(true) },
    { id: "arrow", section: "View", keys: ["V"], run: () => takeHand(false) },
    { id: "add-node", label: "Add a node…", section: "Node", keys: ["A"], run: panels.openSearch },
    { id: "node-library", section: "View", keys: ["N"], run: () => panels.openLibrary("nodes") },
    { id: "model-library", section: "View", keys: ["M"], run: () => panels.openLibrary("models") },
    { id: "fit", section: "View", keys: ["."], run: () => stage.fit(editor.selection.value) },
    { id: "fit-all", section: "View", keys: ["Ctrl+."], run: () => stage.fit() },
    { id: "minimap", section: "View", keys: ["Alt+M"], run: () => editor.settings.set("skein.minimap", !editor.settings.get("skein.minimap")) },
    { id: "zoom-in", label: "Zoom in", section: "View", keys: ["Alt+=", "+"], run: () => zoom(ZOOM_STEP) },
    { id: "zoom-out", label: "Zoom out", section: "View", keys: ["Alt+-", "-"], run: () => zoom(1 / ZOOM_STEP) },
  ];
}
