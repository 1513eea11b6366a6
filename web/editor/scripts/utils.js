// The address at which packs' scripts look for small things that they share.
export { addStylesheet, applyTextReplacements, clone, getStorageValue, prop, setStorageValue, uploadFile } from "../compat/utils.js";
