// Opening a window for drawing: once at a time, and there at once, though its picture may take a while to come.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { useStyles } from "../view/stylesheet.js";
import { takeOut } from "./dialog.js";

let isOpening = false;

/** Open such a window unless one is open or on its way. @param {() => Promise<void>} open */
export async function openOnce(open) {
  if (isOpening || document.querySelector("dialog.painting")) return;
  isOpening = true;
  await open().finally(() => {
    isOpening = false;
  });
}

/**
 * Show the window before what it needs has come: it says so, takes the keys, and can be left.
 * @template T
 * @param {string} title
 * @param {(signal: AbortSignal) => Promise<T>} read what it needs; it is not needed any more once the signal is given
 * @returns {Promise<T | null>} null where the window was left; whoever is told opens the real one in the same turn
 */
export async function whileWaiting(title, read) {
  const left = new AbortController();
  const cancel = element("button", { type: "button", class: "button", onclick: () => takeOut(dialog) }, say("page.cancel"));
  const bar = element("header", { class: "lightbox-bar" }, element("strong", { class: "lightbox-name" }, title), element("span", { class: "spacer" }), cancel);
  const dialog = element("dialog", { class: "lightbox painting", "aria-label": title, tabindex: "-1" }, bar, element("p", { class: "paint-waiting", role: "status" }, say("paint.loading")));
  dialog.addEventListener("close", () => {
    left.abort();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  // A key that is pressed too early shall not press Cancel.
  dialog.focus();
  const wasLeft = new Promise((resolve) => left.signal.addEventListener("abort", () => resolve(null)));
  try {
    const everything = Promise.all([read(left.signal), useStyles("lightbox"), useStyles("painting")]).then(([found]) => found);
    const found = await Promise.race([everything, wasLeft]);
    return dialog.open ? found : null;
  } finally {
    takeOut(dialog);
  }
}
