// Files of the server as widgets name them: "sub/name.png [output]".
/** @import {FileReference} from "../document/types.js" */

/**
 * The file that a picture widget names.
 * @param {string} name
 * @returns {FileReference}
 */
export function inputFile(name) {
  const [, path = name, type = "input"] = /^(.*?)(?: \[(input|output|temp)\])?$/.exec(name) ?? [];
  const slash = path.lastIndexOf("/");
  return { filename: path.slice(slash + 1), subfolder: slash < 0 ? "" : path.slice(0, slash), type };
}
