// The names of saved workflows: their files, and why some cannot be.
import { say } from "../texts/files.js";

const LONGEST_PART = 240;
const NO_SYSTEM_HAS = /[\\:*?"<>|\u0000-\u001f]/;

/** The file of a name. @param {string} name */
export function fileOf(name) {
  return `${name.replace(/\.json$/i, "")}.json`;
}

/** The name that tabs show for a file. @param {string} path */
export function shortName(path) {
  return path.replace(/\.json$/, "").replace(/^.*\//, "");
}

/** Why a workflow cannot be called so, in words; "" where it can. @param {string} name folders with / */
export function nameProblem(name) {
  const parts = name.replace(/^\/+/, "").split("/").filter((part, index, all) => part || index === all.length - 1);
  const letter = name.match(NO_SYSTEM_HAS)?.[0];
  if (letter) return say("file.bad-letter", { letter: letter < " " ? "…" : letter });
  if (!parts.at(-1)?.trim() || /^\.json$/i.test(parts.at(-1) ?? "")) return say("file.no-name");
  if (parts.some((part) => part.startsWith("."))) return say("file.hidden-name", { name });
  if (parts.some((part) => new TextEncoder().encode(part).length > LONGEST_PART)) return say("file.too-long");
  if (parts.slice(0, -1).some((part) => /[. ]$/.test(part))) return say("file.bad-end");
  return "";
}
