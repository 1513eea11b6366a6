// Dialogs: a frame with a title, a question with a line to type, a question to confirm.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";

/**
 * Open a dialog over the page; it is gone once it is closed.
 * @param {string} title
 * @param {HTMLElement} content
 * @param {{style?: string}} [options]
 */
export function openDialog(title, content, { style = "" } = {}) {
  const dialog = element("dialog", { "aria-label": title, class: style || false });
  const close = element("button", { type: "button", class: "close", "aria-label": say("page.close"), onclick: () => takeOut(dialog) }, "×");
  dialog.append(element("header", {}, element("h2", {}, title), close), content);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("pointerdown", (event) => event.target === dialog && takeOut(dialog));
  showAlone(dialog);
  return dialog;
}

/** Close a dialog and take it out of the page at once, not only with the event that tells of it. @param {HTMLDialogElement} dialog */
export function takeOut(dialog) {
  dialog.close();
  dialog.remove();
}

/** Show a dialog over the page, in place of one of the same name: a second press opens no second one. @param {HTMLDialogElement} dialog */
export function showAlone(dialog) {
  const name = dialog.getAttribute("aria-label");
  for (const other of document.querySelectorAll("dialog")) if (other.open && other.getAttribute("aria-label") === name) takeOut(other);
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Ask for a line of text.
 * @param {{title: string, label: string, value: string, button: string}} question
 * @returns {Promise<string | null>} null where it was called off
 */
export function askText({ title, label, value, button }) {
  const input = element("input", { type: "text", value, spellcheck: "false", autocomplete: "off" });
  return ask(title, [element("label", { class: "asked" }, label, input)], button, () => input.value.trim() || null, input);
}

/**
 * Ask whether to go on. Where something may be lost by that, Cancel has the focus.
 * @param {{title: string, message: string, button: string, isHarmless?: boolean}} question
 * @returns {Promise<boolean>}
 */
export async function confirmThat({ title, message, button, isHarmless = false }) {
  return (await ask(title, [element("p", {}, message)], button, () => true, isHarmless ? "yes" : "cancel")) ?? false;
}

/**
 * @template T
 * @param {string} title
 * @param {HTMLElement[]} parts
 * @param {string} button
 * @param {() => T | null} read
 * @param {HTMLInputElement | "yes" | "cancel"} first takes the focus
 * @returns {Promise<T | null>}
 */
function ask(title, parts, button, read, first) {
  return new Promise((resolve) => {
    /** @type {T | null} */
    let answer = null;
    const cancel = element("button", { type: "button", class: "button" }, say("page.cancel"));
    const yes = element("button", { type: "submit", class: "button is-primary" }, button);
    const form = element("form", { method: "dialog", class: "question" }, ...parts, element("footer", {}, cancel, yes));
    form.addEventListener("submit", () => {
      answer = read();
    });
    const dialog = openDialog(title, form);
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => resolve(answer));
    if (first instanceof HTMLInputElement) first.select();
    (first === "yes" ? yes : first === "cancel" ? cancel : first).focus();
  });
}
