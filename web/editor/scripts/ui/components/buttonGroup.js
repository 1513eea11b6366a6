// The address at which packs' scripts look for groups of buttons.
export { ComfyButtonGroup } from "../../../compat/buttons.js";
