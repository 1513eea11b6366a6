// Which types fit which: an output may feed an input when any of their comma-separated names agree.

/** The type of an output that is of whichever type is linked to its node's inputs. */
export const MATCHED = "COMFY_MATCHTYPE_V3";

/**
 * @param {string | number | undefined} first
 * @param {string | number | undefined} second
 */
export function areCompatible(first, second) {
  if (matchesAll(first) || matchesAll(second)) return true;
  const wanted = names(second);
  return names(first).some((name) => wanted.includes(name));
}

/** @param {string | number | undefined} type */
function matchesAll(type) {
  return type === undefined || type === null || type === "*" || type === "" || type === 0 || type === MATCHED;
}

/** @param {string | number | undefined} type */
function names(type) {
  return String(type)
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
}
