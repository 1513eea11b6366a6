// What the first view does without, all of it: fetched once the page has come to rest, so that it opens at once and while
// the server is away. The server sends these modules, with what only they import, as one script.
import { useStyles } from "./view/stylesheet.js";

const LATER = [
  () => import("./client/noted.js"),
  () => import("./commands/addresses.js"),
  () => import("./commands/export_picture.js"),
  () => import("./commands/inside.js"),
  () => import("./commands/last_value.js"),
  () => import("./commands/offers.js"),
  () => import("./commands/pictures.js"),
  () => import("./commands/pressed.js"),
  () => import("./commands/primitive.js"),
  () => import("./commands/replacing.js"),
  () => import("./commands/send.js"),
  () => import("./commands/tab_menu.js"),
  () => import("./kernels/arrange.js"),
  () => import("./kernels/choosing.js"),
  () => import("./kernels/embedded.js"),
  () => import("./kernels/from_a1111.js"),
  () => import("./kernels/from_prompt.js"),
  () => import("./kernels/grid_axes.js"),
  () => import("./kernels/group_nodes.js"),
  () => import("./kernels/make_subgraph.js"),
  () => import("./kernels/moved_widgets.js"),
  () => import("./kernels/unpack.js"),
  () => import("./kernels/workflow_names.js"),
  () => import("./panels/connect_slots.js"),
  () => import("./panels/context_menu.js"),
  () => import("./panels/dialog.js"),
  () => import("./panels/empty_canvas.js"),
  () => import("./panels/library.js"),
  () => import("./panels/lightbox.js"),
  () => import("./panels/mask_editor.js"),
  () => import("./panels/minimap.js"),
  () => import("./panels/missing.js"),
  () => import("./panels/outline.js"),
  () => import("./panels/painter_dialog.js"),
  () => import("./panels/palette.js"),
  () => import("./panels/picker.js"),
  () => import("./panels/queue_panel.js"),
  () => import("./panels/run_options.js"),
  () => import("./panels/search_box.js"),
  () => import("./panels/server_log.js"),
  () => import("./panels/settings.js"),
  () => import("./panels/shortcuts.js"),
  () => import("./panels/templates.js"),
  () => import("./panels/versions.js"),
  () => import("./panels/workflows.js"),
  () => import("./view/backdrop.js"),
  () => import("./view/choice_list.js"),
  () => import("./view/markdown.js"),
  () => import("./view/painting_ground.js"),
];
const SHEETS = ["library", "lightbox", "log", "painting", "queue"];

/** Fetch them one after the other. Those that cannot be reached are asked for again when one of them is needed. */
export async function preload() {
  for (const load of [...LATER, ...SHEETS.map((name) => () => useStyles(name))]) await load().catch(() => {});
}
