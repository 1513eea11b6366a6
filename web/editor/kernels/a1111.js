// Reading the `parameters` text of AUTOMATIC1111: the prompt, the negative prompt, and settings as `key: value`.

const NEGATIVE = "Negative prompt:";
const FEWEST_SETTINGS = 3;

/** @typedef {{prompt: string, negative: string, settings: Record<string, string>}} Parameters */
/** @typedef {{name: string, model: number, clip: number}} LoraTag */

/**
 * @param {string} text
 * @returns {Parameters | null} null where the text is none of that kind
 */
export function readParameters(text) {
  const lines = text.trim().split(/\r?\n/);
  const settings = readSettings(lines.at(-1) ?? "");
  if (Object.keys(settings).length < FEWEST_SETTINGS || !("Steps" in settings)) return null;
  const words = lines.slice(0, -1);
  const at = words.findIndex((line) => line.trim().startsWith(NEGATIVE));
  const positive = at < 0 ? words : words.slice(0, at);
  const negative = at < 0 ? [] : words.slice(at);
  return {
    prompt: positive.join("\n").trim(),
    negative: negative.join("\n").trim().slice(NEGATIVE.length).trim(),
    settings,
  };
}

/**
 * The settings of a line; values with a comma, a colon or a line break are quoted as JSON, or lists and objects of JSON.
 * @param {string} line
 * @returns {Record<string, string>}
 */
function readSettings(line) {
  /** @type {Record<string, string>} */
  const settings = {};
  for (const part of splitOutsideQuotes(line)) {
    const colon = part.indexOf(":");
    const key = part.slice(0, Math.max(colon, 0)).trim();
    if (/^\w[\w \-/+]*$/.test(key)) settings[key] = unquoted(part.slice(colon + 1).trim());
  }
  return settings;
}

/** @param {string} line */
function splitOutsideQuotes(line) {
  const parts = [""];
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const json = /: *$/.test(parts[parts.length - 1]) && !isQuoted ? jsonAt(line, at) : "";
    if (json) {
      parts[parts.length - 1] += json;
      at += json.length - 1;
      continue;
    }
    const letter = line[at];
    if (letter === '"') isQuoted = !isQuoted;
    if (letter === "," && !isQuoted) {
      parts.push("");
      continue;
    }
    parts[parts.length - 1] += letter;
    if (letter === "\\" && isQuoted) parts[parts.length - 1] += line[(at += 1)] ?? "";
  }
  return parts;
}

/** The list or object that stands at a place; "" where there is none that can be read. @param {string} line @param {number} start */
function jsonAt(line, start) {
  const closing = { "[": "]", "{": "}" }[line[start]];
  for (let end = closing ? line.indexOf(closing, start) : -1; end >= 0; end = line.indexOf(closing ?? "", end + 1)) {
    const text = line.slice(start, end + 1);
    try {
      JSON.parse(text);
      return text;
    } catch {
      // It closes further on.
    }
  }
  return "";
}

/** @param {string} value */
function unquoted(value) {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

/**
 * Take the LoRAs out of a prompt.
 * @param {string} prompt
 * @returns {{text: string, loras: LoraTag[], others: string[]}} others: tags of other networks, as written
 */
export function takeLoras(prompt) {
  /** @type {LoraTag[]} */
  const loras = [];
  /** @type {string[]} */
  const others = [];
  const text = prompt.replace(/<(\w+):([^:<>]+)((?::[^:<>]*)*)>/g, (whole, kind, name, rest) => {
    if (kind !== "lora" && kind !== "lyco") others.push(whole);
    else loras.push({ name, ...strengths(rest) });
    return "";
  });
  return { text: text.replace(/ {2,}/g, " ").replace(/(, *)+(,|$)/g, "$2").trim(), loras, others };
}

/** @param {string} rest such as `:0.8`, `:0.8:0.5` or `:te=0.5:unet=0.8` */
function strengths(rest) {
  const plain = rest.split(":").slice(1).filter((part) => part && !part.includes("="));
  const named = new Map(rest.split(":").filter((part) => part.includes("=")).map((part) => /** @type {[string, string]} */ (part.split("=", 2))));
  const first = Number(plain[0] ?? named.get("te") ?? 1);
  const model = Number(plain[1] ?? named.get("unet") ?? first);
  return { clip: Number.isFinite(first) ? first : 1, model: Number.isFinite(model) ? model : 1 };
}

/**
 * The prompt as this program weighs words: `[word]`, which means less there, becomes `(word:0.909)`.
 * @param {string} prompt
 * @returns {{text: string, kept: string[]}} kept: what has another meaning there and stands as it was
 */
export function translatePrompt(prompt) {
  const kept = [...prompt.matchAll(/(?<!\\)\[[^[\]]*(?:\||:[^[\]]*:?\d*\.?\d+)[^[\]]*\]/g)].map(([found]) => found);
  for (const word of ["AND", "BREAK"]) if (new RegExp(`(^|\\s)${word}(\\s|$)`).test(prompt)) kept.push(word);
  let text = prompt;
  for (let before = ""; before !== text; ) {
    before = text;
    text = text.replace(/(?<!\\)\[((?:[^[\]|:]|:0\.909\))+)\]/g, "($1:0.909)");
  }
  return { text, kept };
}
