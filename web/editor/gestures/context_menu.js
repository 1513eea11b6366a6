// The right button: selects what it is pressed on and opens the commands for it.
import { linkAt, nodeAt } from "../kernels/scene.js";
import { closest } from "../view/dom.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

const LINK_PIXELS = 7;

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {(sections: string[], at: {x: number, y: number}) => void} open
 */
export function attachContextMenu(editor, stage, open) {
  stage.root.addEventListener("contextmenu", (event) => {
    if (closest(event, "input, textarea, img, .card-error")) return;
    event.preventDefault();
    const point = stage.pointOf(event);
    stage.pressed = point;
    const node = closest(event, ".card")?.dataset.node ?? nodeAt(stage.scene, point)?.id;
    const link = node ? null : linkAt(stage.scene, point, LINK_PIXELS / stage.viewport.value.scale);
    if (node && !editor.selection.value.has(node)) editor.select([node]);
    if (link) editor.selectLink(link.link.id);
    open(node ? ["Node", "Edit", "Arrange", "Colour"] : link ? ["Link", "Edit"] : ["Node", "View", "Edit", "Arrange"], { x: event.clientX, y: event.clientY });
  });
}
