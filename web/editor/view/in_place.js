// Typing over a text where it stands: Enter and leaving take what was typed, Escape does not.
import { element } from "./dom.js";

/**
 * @param {HTMLElement} text what is typed over
 * @param {string} name of the field
 * @param {{onTaken: (typed: string) => void, onEnd: () => void, onClosed?: () => void}} answers told what was typed, without spaces
 *   around it, if it is another; at Enter or Escape, to take the focus away; and when the field is gone
 */
export function editInPlace(text, name, { onTaken, onEnd, onClosed }) {
  const input = element("input", { class: "card-rename", "aria-label": name, value: text.textContent ?? "" });
  let isTaken = true;
  input.addEventListener("blur", () => {
    input.replaceWith(text);
    if (isTaken && input.value !== text.textContent) onTaken(input.value.trim());
    onClosed?.();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.stopPropagation();
    isTaken = event.key === "Enter";
    onEnd();
  });
  text.replaceWith(input);
  input.focus();
  input.select();
}
