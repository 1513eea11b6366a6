// Prompt text as sent: comments removed, one of {a|b} chosen, escapes undone.

/**
 * Expand a text whose input declares `dynamicPrompts`.
 * @param {string} text
 * @param {() => number} random 0 to below 1
 * @returns {string}
 */
export function expandPrompt(text, random = Math.random) {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/[^\n]*/g, "");
  return expandChoices(bare, random).replace(/\\([{}|])/g, "$1");
}

/**
 * @param {string} text
 * @param {() => number} random
 */
function expandChoices(text, random) {
  let result = text;
  for (let innermost = findInnermost(result); innermost; innermost = findInnermost(result)) {
    const options = splitOptions(result.slice(innermost.start + 1, innermost.end));
    const chosen = options[Math.floor(random() * options.length)];
    result = result.slice(0, innermost.start) + chosen + result.slice(innermost.end + 1);
  }
  return result;
}

/**
 * The first pair of braces that holds no other, or null.
 * @param {string} text
 */
function findInnermost(text) {
  let start = -1;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "{") start = at;
    else if (text[at] === "}" && start >= 0) return { start, end: at };
  }
  return null;
}

/** @param {string} text */
function splitOptions(text) {
  return text.split(/(?<!\\)\|/);
}
