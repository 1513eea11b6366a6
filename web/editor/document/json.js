// JSON that keeps whole numbers beyond 2^53 (64-bit seeds) as BigInt, so that opening and saving loses nothing.

const MARK = "\u0001bigint:";
const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;
const MARKED = new RegExp(`"\\\\u0001bigint:(-?\\d+)"`, "g");

const STRING_OR_NO_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * Parse what Python writes for JSON too: its words for what is no number, which stand in prompts of ComfyUI, become null.
 * @param {string} text
 * @returns {any}
 */
export function parseLooseJson(text) {
  try {
    return parseJson(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return parseJson(text.replace(STRING_OR_NO_NUMBER, (token) => (token.startsWith('"') ? token : "null")));
  }
}

/**
 * Parse JSON text; whole numbers that a double cannot hold become BigInt.
 * @param {string} text
 * @returns {any}
 */
export function parseJson(text) {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const marked = text.replace(STRING_OR_LONG_INTEGER, (token, offset) => {
    if (token.startsWith('"') || isFraction(text, offset) || Number.isSafeInteger(Number(token))) return token;
    return JSON.stringify(MARK + token);
  });
  return JSON.parse(marked, (_key, value) =>
    typeof value === "string" && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

/**
 * Write a value as JSON; BigInt becomes a plain whole number.
 * @param {any} value
 * @param {number} [indent]
 * @returns {string}
 */
export function writeJson(value, indent) {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    // What it cannot write is a BigInt; to look out for them in each value takes several times as long.
    if (!(error instanceof TypeError)) throw error;
  }
  return writeMarked(value, indent);
}

/** @param {any} value @param {number} [indent] */
function writeMarked(value, indent) {
  let found = false;
  const text = JSON.stringify(
    value,
    (_key, item) => {
      if (typeof item !== "bigint") return item;
      found = true;
      return MARK + item.toString();
    },
    indent,
  );
  return found ? text.replace(MARKED, "$1") : text;
}

/**
 * Whether the digits at an offset follow a decimal point or an exponent.
 * @param {string} text
 * @param {number} offset
 */
function isFraction(text, offset) {
  return offset > 0 && /[.eE+\d]/.test(text[offset - 1] ?? "");
}
