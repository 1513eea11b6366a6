// The address at which packs' scripts look for the application.
export { app } from "../compat/surface.js";
export { PackApp as ComfyApp } from "../compat/app.js";
