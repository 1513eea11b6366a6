// What the first view does without is fetched once the page has come to rest, so that it is there when it is asked for.

const LATER = [
  () => import("./panels/dialog.js"),
  () => import("./panels/context_menu.js"),
  () => import("./commands/send.js"),
  () => import("./commands/last_value.js"),
  () => import("./kernels/group_nodes.js"),
  () => import("./kernels/make_subgraph.js"),
  () => import("./kernels/unpack.js"),
  () => import("./kernels/from_prompt.js"),
  () => import("./kernels/embedded.js"),
  () => import("./view/markdown.js"),
];

/** Fetch them one after the other. A server that cannot be reached is asked again when one of them is needed. */
export async function preload() {
  for (const load of LATER) await load().catch(() => {});
}
