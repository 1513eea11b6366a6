// From one prompt's pictures to the next one's, in the order of a list of prompts.
import { picturesOf } from "../commands/jobs.js";
/** @import {Job} from "../client/server.js" */
/** @import {FileReference} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {RowRange} from "../kernels/windowing.js" */

/** @typedef {{total: () => number, at: (row: number) => Job | undefined, need: (rows: RowRange) => Promise<void>}} JobRows */

/**
 * A way along a list: each call goes on from where the last one came to, down (1) or up (-1), and answers the pictures
 * of the next prompt that has some, null where the list ends.
 * @param {Editor} editor
 * @param {JobRows} rows
 * @param {string} promptId where it begins
 * @returns {(by: number) => Promise<FileReference[] | null>}
 */
export function alongPictures(editor, rows, promptId) {
  let current = promptId;
  return async (by) => {
    for (let row = rowOf(rows, current) + by; row >= 0 && row < rows.total(); row += by) {
      await rows.need({ first: row, last: row + 1 });
      const job = rows.at(row);
      if (job?.preview_output?.mediaType !== "images") continue;
      const files = await picturesOf(editor, job);
      if (!files.length) continue;
      current = job.id;
      return files;
    }
    return null;
  };
}

/** @param {JobRows} rows @param {string} promptId @returns {number} -1 where it is not among those that were read */
function rowOf(rows, promptId) {
  for (let row = 0; row < rows.total(); row += 1) if (rows.at(row)?.id === promptId) return row;
  return -1;
}
