// The right button: selects what it is pressed on and opens the commands for it, a value's own first.
import { linkAt, nodeAt } from "../kernels/scene.js";
import { closest } from "../view/dom.js";
/** @import {Editor} from "../editor.js" */
/** @import {MenuGroup} from "../panels/menu.js" */
/** @import {Stage} from "../view/stage.js" */

const LINK_PIXELS = 7;
// A text has the browser's own menu, which pastes and spells.
const OWN_MENU = "input:not([role=spinbutton], [type=checkbox]), textarea, img, .card-error";

/**
 * @typedef {object} ContextMenu
 * @property {(nodeId: string, input: string) => {label: string, run: () => void}[]} actionsFor what can be done with a value or socket
 * @property {(groups: MenuGroup[], at: {x: number, y: number}) => void} open
 */

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {ContextMenu} menu
 */
export function attachContextMenu(editor, stage, { actionsFor, open }) {
  stage.root.addEventListener("contextmenu", (event) => {
    if (closest(event, OWN_MENU)) return;
    event.preventDefault();
    const point = stage.pointOf(event);
    stage.pressed = point;
    const node = closest(event, ".card")?.dataset.node ?? nodeAt(stage.scene, point)?.id;
    const link = node ? null : linkAt(stage.scene, point, LINK_PIXELS / stage.viewport.value.scale);
    if (node && !editor.selection.value.has(node)) editor.select([node]);
    if (link) editor.selectLink(link.link.id);
    const name = closest(event, ".widget-row")?.dataset.widget ?? socketName(event);
    const items = node && name ? actionsFor(node, name) : [];
    const own = items.length ? [{ heading: String(name).replaceAll("_", " "), items }] : [];
    open(node ? [...own, "Node", "Edit", "Arrange", "Colour"] : link ? ["Link", "Edit"] : ["Node", "View", "Edit", "Arrange"], { x: event.clientX, y: event.clientY });
  });
}

/** The name of the input whose row was pressed. @param {Event} event */
function socketName(event) {
  const socket = closest(event, ".slot.is-input")?.querySelector(".socket");
  return socket instanceof HTMLElement ? socket.dataset.name : undefined;
}
