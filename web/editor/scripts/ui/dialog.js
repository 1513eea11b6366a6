// The address at which packs' scripts look for dialogs.
export { ComfyDialog } from "../../compat/elements.js";
