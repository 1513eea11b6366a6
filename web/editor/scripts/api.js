// The address at which packs' scripts look for the server's interface.
export { api } from "../compat/surface.js";
export { PackApi as ComfyApi } from "../compat/api.js";
