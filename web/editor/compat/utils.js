// Small things that packs' scripts import from `scripts/utils.js`.
import { expandFileName } from "../kernels/file_names.js";
import { api } from "./surface.js";

/** Fill in %Node.widget% and %date:format%. @param {import("./app.js").PackApp} app @param {string} value */
export function applyTextReplacements({ editor }, value) {
  return expandFileName(value, editor.document.workflow, editor.definitions.value);
}

/**
 * Add a style sheet to the page; a name ending in `.js` is that of the script beside it.
 * @param {string} address
 * @param {string} [relativeTo]
 * @returns {Promise<void>}
 */
export function addStylesheet(address, relativeTo) {
  const href = new URL(address.replace(/\.js$/, ".css"), relativeTo ?? document.baseURI).href;
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", type: "text/css", href });
    link.onload = () => resolve();
    link.onerror = () => reject(new Error(`The style sheet ${href} could not be loaded.`));
    document.head.append(link);
  });
}

/** @param {any} value */
export function clone(value) {
  return structuredClone(value);
}

/** Let the user choose a file of theirs. @param {string} accept as in `image/*` @returns {Promise<File | undefined>} */
export function uploadFile(accept) {
  const input = Object.assign(document.createElement("input"), { type: "file", accept });
  return new Promise((resolve) => {
    input.onchange = () => resolve(input.files?.[0]);
    input.oncancel = () => resolve(undefined);
    input.click();
  });
}

/**
 * A property that tells when it is written.
 * @param {any} target
 * @param {string} name
 * @param {any} initial
 * @param {(value: any, before: any, target: any, name: string) => void} [onChanged]
 */
export function prop(target, name, initial, onChanged) {
  let current = initial;
  Object.defineProperty(target, name, {
    get: () => current,
    set: (value) => {
      const before = current;
      current = value;
      onChanged?.(value, before, target, name);
    },
  });
  return initial;
}

/** @param {string} id */
export function getStorageValue(id) {
  const own = api.clientId ?? "";
  return (own && sessionStorage.getItem(`${id}:${own}`)) ?? localStorage.getItem(id);
}

/** @param {string} id @param {string} value */
export function setStorageValue(id, value) {
  if (api.clientId) sessionStorage.setItem(`${id}:${api.clientId}`, value);
  localStorage.setItem(id, value);
}
