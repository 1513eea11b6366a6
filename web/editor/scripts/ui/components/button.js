// The address at which packs' scripts look for buttons.
export { ComfyButton } from "../../../compat/buttons.js";
