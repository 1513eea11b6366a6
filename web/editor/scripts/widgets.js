// The address at which packs' scripts look for makers of widgets.
export { ComfyWidgets } from "../compat/widget_makers.js";
