// Which of the files that a workflow's notes name the server does not have.
import { notedFiles, notThere } from "../kernels/noted_files.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {Server} from "./server.js" */

/** None of a kind that cannot be asked for. @param {Server} server @param {Workflow} workflow */
export async function missingNoted(server, workflow) {
  const noted = notedFiles(workflow);
  /** @type {Record<string, string[]>} */
  const there = {};
  await Promise.all([...new Set(noted.map(({ kind }) => kind))].map(async (kind) => {
    const names = await server.modelNames(kind).catch(() => undefined);
    if (names) there[kind] = names;
  }));
  return notThere(noted, there);
}
