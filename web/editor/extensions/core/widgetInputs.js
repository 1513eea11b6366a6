// The address at which packs' scripts look for what inputs of widgets take.
export { convertToInput, getWidgetConfig, mergeIfValid, setWidgetConfig } from "../../compat/widget_inputs.js";
