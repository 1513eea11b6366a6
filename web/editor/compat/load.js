// Loads packs' scripts. Where no pack brings any, nothing of this room is fetched but this file.
import { useStyles } from "../view/stylesheet.js";
/** @import {Page} from "./app.js" */

/**
 * Import every script that the server lists.
 * @param {Page} page
 * @returns {Promise<import("./app.js").PackApp | null>} what lets the extensions begin; null where there are none
 */
export async function loadExtensions(page) {
  const answer = await fetch("/api/extensions");
  /** @type {string[]} */
  const paths = answer.ok ? await answer.json() : [];
  if (!paths.length) return null;
  const { learnPackTexts } = await import("./words.js");
  await learnPackTexts();
  await useStyles("packs").catch(() => undefined);
  const { begin } = await import("./surface.js");
  const { inTime } = await import("./patience.js");
  const { offerGlobals } = await import("./globals.js");
  const app = begin(page);
  offerGlobals(app);
  for (const path of paths) {
    const pack = decodeURIComponent(path.split("/")[2] ?? path);
    app.registered.importing = pack;
    await inTime(import(path)).catch((error) => app.blame.tell(pack, "loading", error));
  }
  app.registered.importing = "";
  return app;
}
