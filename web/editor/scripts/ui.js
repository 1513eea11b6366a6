// The address at which packs' scripts look for makers of elements.
export { $el, ComfyDialog } from "../compat/elements.js";
