// The length of a prompt in the corner of its field: tokens, and the parts that the text encoder reads them in.
import { countedText, lengthInFigures } from "../kernels/prompt_texts.js";
import { say } from "../texts/texts.js";
import { element } from "./dom.js";
/** @import {Widget} from "../kernels/schema.js" */
/** @import {TokenCount} from "../kernels/prompt_texts.js" */

const PAUSE_MS = 300;

/**
 * @param {Widget} widget
 * @param {(text: string) => Promise<TokenCount | null>} count
 * @returns {{element: HTMLElement, show: (value: any, isFed: boolean) => void}} `show` may be called with every letter
 */
export function tokenCount(widget, count) {
  const shown = element("span", { class: "token-count" });
  /** @type {string | undefined} */
  let wanted;
  let timer = 0;
  const ask = async () => {
    const text = wanted ?? "";
    const length = await count(text);
    if (text === wanted) write(shown, length);
  };
  return {
    element: shown,
    show(value, isFed) {
      const text = countedText(widget, value);
      shown.classList.toggle("is-away", isFed);
      // What was missing may have come.
      if (isFed || (text === wanted && !shown.classList.contains("is-missing"))) return;
      clearTimeout(timer);
      timer = window.setTimeout(ask, wanted === undefined ? 0 : PAUSE_MS);
      wanted = text;
    },
  };
}

/** @param {HTMLElement} shown @param {TokenCount | null} length */
function write(shown, length) {
  shown.hidden = !length;
  if (!length) return;
  const missing = (length.missing_embeddings ?? []).map((name) => `“${name}”`).join(", ");
  shown.classList.toggle("is-missing", Boolean(missing));
  const parts = length.chunks > 1 ? ` · ${say("widget.parts", { count: length.chunks })}` : "";
  const figures = lengthInFigures(length) + parts;
  shown.textContent = missing ? `${say("widget.no-embedding", { names: missing })} · ${figures}` : figures;
  shown.title = missing ? say("widget.no-embedding.why", { names: missing }) : say("widget.tokens", { count: length.tokens, part: length.tokens_per_chunk });
}
