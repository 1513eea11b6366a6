// Commands that order what lies on the canvas: groups, lining up, arranging by itself, colours, pins.
import { colourNodes, togglePinned } from "../document/edits.js";
import { align, distribute } from "../kernels/aligning.js";
import { boundsOf } from "../kernels/geometry.js";
import { groupRect } from "../kernels/scene.js";
import { changeGroup, frameAround, groupAround, groupAt, groupsOf, heldBy } from "../kernels/groups.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { editInPlace } from "../view/in_place.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */
/** @import {Command} from "./registry.js" */

const EMPTY_GROUP = { w: 320, h: 180 };
// Brought when its command is first run.
/** @type {typeof import("../kernels/arrange.js")} */
let arranging;

/** The colours of ComfyUI's palette: of a card's title and body, and of a group. */
const COLOURS = /** @type {const} */ ({
  red: { color: "#322", bgcolor: "#533", group: "#A88" },
  brown: { color: "#332922", bgcolor: "#593930", group: "#b06634" },
  green: { color: "#232", bgcolor: "#353", group: "#8A8" },
  blue: { color: "#223", bgcolor: "#335", group: "#88A" },
  "pale-blue": { color: "#2a363b", bgcolor: "#3f5159", group: "#3f789e" },
  cyan: { color: "#233", bgcolor: "#355", group: "#8AA" },
  purple: { color: "#323", bgcolor: "#535", group: "#a1309b" },
  yellow: { color: "#432", bgcolor: "#653", group: "#b58b2a" },
  black: { color: "#222", bgcolor: "#000", group: "#444" },
});
const EDGES = /** @type {const} */ (["left", "centre", "right", "top", "middle", "bottom"]);

/**
 * @param {Editor} editor
 * @param {Stage} stage
 * @returns {Command[]}
 */
export function arrangeCommands(editor, stage) {
  const { document: open } = editor;
  const hasTwo = () => editor.selection.value.size > 1;
  const isAnySelected = () => editor.selection.value.size > 0;
  const isAnythingChosen = () => isAnySelected() || editor.selectedGroup.value !== null;
  const chosen = () => chosenRects(editor, stage);
  return [
    { id: "group", section: "Arrange", keys: ["Ctrl+G"], enabled: isAnySelected, run: () => groupSelected(editor, stage) },
    { id: "add-group", section: "Arrange", run: () => addGroup(editor, stage) },
    { id: "fit-group", section: "Arrange", enabled: () => membersOf(stage, chosenGroup(editor, stage)).length > 0, run: () => fitGroup(editor, stage, chosenGroup(editor, stage)) },
    { id: "ungroup", section: "Arrange", enabled: () => chosenGroup(editor, stage) >= 0, run: () => open.edit("Ungroup", (graph) => changeGroup(graph, chosenGroup(editor, stage), null)) },
    { id: "rename-group", section: "Arrange", enabled: () => chosenGroup(editor, stage) >= 0, run: () => renameGroup(editor, stage, chosenGroup(editor, stage)) },
    { id: "pin", section: "Node", keys: ["P"], enabled: isAnySelected, run: () => open.edit("Pin", (graph) => togglePinned(graph, editor.selection.value)) },
    { id: "arrange", section: "Arrange", load: async () => (arranging = await import("../kernels/arrange.js")), run: () => arrangeAll(editor, stage) },
    ...EDGES.map((edge) => ({ id: `align-${edge}`, section: "Arrange", enabled: hasTwo, run: () => open.edit("Align", (graph) => align(graph, chosen(), edge)) })),
    { id: "distribute-x", section: "Arrange", enabled: hasTwo, run: () => open.edit("Distribute", (graph) => distribute(graph, chosen(), "x")) },
    { id: "distribute-y", section: "Arrange", enabled: hasTwo, run: () => open.edit("Distribute", (graph) => distribute(graph, chosen(), "y")) },
    ...Object.entries(COLOURS).map(([name, colours]) => ({
      id: `colour-${name}`,
      section: "Colour",
      swatch: colours.group,
      enabled: isAnythingChosen,
      run: () => colour(editor, colours),
    })),
    { id: "colour-none", section: "Colour", enabled: isAnythingChosen, run: () => colour(editor, null) },
  ];
}

/** Put a group around what is selected, and let its name be typed. @param {Editor} editor @param {Stage} stage */
function groupSelected(editor, stage) {
  editor.document.edit("Group", (graph) => groupAround(graph, groupedRects(editor, stage), say("group.new")));
  renameGroup(editor, stage, stage.scene.groups.length - 1);
}

/** Put an empty group where was pressed, and let its name be typed. @param {Editor} editor @param {Stage} stage */
function addGroup(editor, stage) {
  const [x, y] = frameAround({ x: 0, y: 0, ...EMPTY_GROUP });
  const place = { x: stage.pressed.x - x, y: stage.pressed.y - y, ...EMPTY_GROUP };
  editor.document.edit("Group", (graph) => groupAround(graph, [place], say("group.new")));
  editor.selectGroup(stage.scene.groups.length - 1, []);
  renameGroup(editor, stage, stage.scene.groups.length - 1);
}

/** Let a group end where its members do. @param {Editor} editor @param {Stage} stage @param {number} index */
function fitGroup(editor, stage, index) {
  const bounds = boundsOf(membersOf(stage, index));
  if (bounds) editor.document.edit("Fit group", (graph) => changeGroup(graph, index, { bounding: frameAround(bounds) }));
}

/** The rectangles of the cards and groups in a group. @param {Stage} stage @param {number} index */
function membersOf({ scene }, index) {
  const group = scene.groups[index];
  if (!group) return [];
  const { ids, groups } = heldBy(scene, group);
  const cards = [...ids].flatMap((id) => scene.nodes.get(id)?.layout.rect ?? []);
  return [...cards, ...[...(groups ?? [])].filter((other) => other !== group).map(groupRect)];
}

/** What a new group goes around: the selected cards, and the groups whose members are all among them. @param {Editor} editor @param {Stage} stage */
function groupedRects(editor, stage) {
  const groups = groupsOf(stage.scene, editor.selection.value, null);
  return [...chosenRects(editor, stage).values(), ...groups.map(groupRect)];
}

/** Colour the chosen group or else the selected cards; null takes the colour away. @param {Editor} editor @param {{color: string, bgcolor: string, group: string} | null} colours */
function colour(editor, colours) {
  const group = editor.selectedGroup.value;
  const cards = colours && { color: colours.color, bgcolor: colours.bgcolor };
  editor.document.edit("Colour", (graph) => (group === null ? colourNodes(graph, editor.selection.value, cards) : changeGroup(graph, group, { color: colours?.group })));
}

/** Let the name of the group whose title is at a point be typed over. @param {Editor} editor @param {Stage} stage @param {import("../kernels/geometry.js").Point} point */
export function renameGroupAt(editor, stage, point) {
  const found = groupAt(stage.scene, point);
  if (found?.part !== "title") return false;
  renameGroup(editor, stage, stage.scene.groups.indexOf(found.group));
  return true;
}

/** @param {Editor} editor @param {Stage} stage @param {number} index of the group */
function renameGroup(editor, stage, index) {
  const group = stage.scene.groups[index];
  const [left, top, width] = group.bounding;
  const title = element("span", {}, group.title ?? "");
  const field = element("div", { class: "group-name" }, title);
  Object.assign(field.style, { left: `${left}px`, top: `${top}px`, width: `${width}px` });
  stage.layer.append(field);
  editInPlace(title, say("group.name"), {
    onTaken: (name) => editor.document.edit("Name group", (graph) => changeGroup(graph, index, { title: name })),
    onEnd: () => field.querySelector("input")?.blur(),
    onClosed: () => field.remove(),
  });
}

/** @param {Editor} editor @param {Stage} stage */
function arrangeAll(editor, stage) {
  const { scene } = stage;
  const groups = scene.groups.map((group, index) => ({ index, ids: heldBy(scene, group).ids, rect: groupRect(group) }));
  editor.document.edit("Arrange", (graph) => arranging.arrange(graph, (id) => scene.nodes.get(id)?.layout.rect, groups));
  stage.fit();
}

/** @param {Editor} editor @param {Stage} stage */
function chosenRects(editor, stage) {
  const { nodes } = stage.scene;
  return new Map([...editor.selection.value].flatMap((id) => {
    const rect = nodes.get(id)?.layout.rect;
    return rect ? [[id, rect]] : [];
  }));
}

/** The group that is chosen by itself or, where none is, the one around the selection; -1 for none. @param {Editor} editor @param {Stage} stage */
function chosenGroup(editor, stage) {
  return editor.selectedGroup.value ?? groupOfSelection(editor, stage);
}

/** The smallest group that holds all that is selected, by its place; -1 where none does. @param {Editor} editor @param {Stage} stage */
function groupOfSelection(editor, stage) {
  const { scene } = stage;
  const ids = [...editor.selection.value];
  if (!ids.length || !scene.groups.length) return -1;
  const holding = scene.groups.filter((group) => {
    const held = heldBy(scene, group).ids;
    return ids.every((id) => held.has(id));
  });
  const [smallest] = holding.sort((a, b) => a.bounding[2] * a.bounding[3] - b.bounding[2] * b.bounding[3]);
  return smallest ? scene.groups.indexOf(smallest) : -1;
}
