// Which of the files that a workflow's notes and prompts name the server does not have.
import { embeddingAsMissing, notedFiles, notThere, textsWithEmbeddings } from "../kernels/noted_files.js";
/** @import {NodeDefinitions, Workflow} from "../document/types.js" */
/** @import {MissingFile} from "../kernels/missing.js" */
/** @import {TokenCounts} from "./token_counts.js" */
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

/**
 * Embeddings that prompts name in vain, as the server reads the prompts.
 * @param {TokenCounts} counts
 * @param {Workflow} workflow
 * @param {NodeDefinitions} definitions
 * @returns {Promise<MissingFile[]>}
 */
export async function missingEmbeddings(counts, workflow, definitions) {
  const read = await Promise.all(textsWithEmbeddings(workflow, definitions).map(async ({ found, text }) => {
    const names = (await counts.of(text))?.missing_embeddings ?? [];
    return names.map((name) => embeddingAsMissing(found, workflow, name));
  }));
  return [...new Map(read.flat().map((file) => [file.value, file])).values()];
}
