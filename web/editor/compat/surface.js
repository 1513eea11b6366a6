// The one surface that packs' scripts import their names from; there is none before `begin`.
import { PackApi } from "./api.js";
import { PackApp } from "./app.js";

/** @type {PackApi} */
export let api;
/** @type {PackApp} */
export let app;

/** @param {import("./app.js").Page} page */
export function begin(page) {
  api = new PackApi(page.editor);
  app = new PackApp(page, api);
  return app;
}
