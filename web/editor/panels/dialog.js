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
 * @param {{title: string, label: string, value: string, button: string, accept?: Accept}} question
 * @returns {Promise<string | null>} null where it was called off
 */
export function askText({ title, label, value, button, accept }) {
  const input = element("input", { type: "text", value, spellcheck: "false", autocomplete: "off" });
  return ask(title, [element("label", { class: "asked" }, label, input)], [{ label: button, read: () => input.value.trim() || (accept ? "" : null) }], input, accept);
}

/**
 * Ask whether to go on. Where something may be lost by that, Cancel has the focus.
 * @param {{title: string, message: string, button: string, isHarmless?: boolean}} question
 * @returns {Promise<boolean>}
 */
export async function confirmThat({ title, message, button, isHarmless = false }) {
  return (await choose({ title, message, ways: [{ label: button, value: true }], isHarmless })) ?? false;
}

/**
 * Ask which way to go; the last is what Enter takes where it is harmless.
 * @template T
 * @param {{title: string, message: string, ways: {label: string, value: T}[], isHarmless?: boolean}} question
 * @returns {Promise<T | null>} null where it was called off
 */
export function choose({ title, message, ways, isHarmless = false }) {
  const answers = ways.map(({ label, value }) => ({ label, read: () => value }));
  return ask(title, [element("p", {}, message)], answers, isHarmless ? "yes" : "cancel");
}

/** @typedef {(answer: string) => Promise<string>} Accept does what was asked for; why it cannot be done is said in the dialog, which stays; "" closes it */

/**
 * @template T
 * @param {string} title
 * @param {HTMLElement[]} parts
 * @param {{label: string, read: () => T | null}[]} answers buttons, the main one last
 * @param {HTMLInputElement | "yes" | "cancel"} first takes the focus
 * @param {(answer: T) => Promise<string>} [accept]
 * @returns {Promise<T | null>}
 */
function ask(title, parts, answers, first, accept = async () => "") {
  return new Promise((resolve) => {
    /** @type {T | null} */
    let answer = null;
    const problem = element("p", { class: "question-problem", role: "alert", hidden: true });
    const cancel = element("button", { type: "button", class: "button" }, say("page.cancel"));
    const buttons = answers.map(({ label }, index) => element("button", { type: "submit", class: `button${index === answers.length - 1 ? " is-primary" : ""}` }, label));
    const form = element("form", { method: "dialog", class: "question" }, ...parts, problem, element("footer", {}, cancel, ...buttons));
    const dialog = openDialog(title, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const chosen = buttons.findIndex((button) => button === event.submitter);
      const given = answers.at(chosen)?.read() ?? null;
      const wrong = given === null ? "" : await accept(given);
      if (!wrong) answer = given;
      if (!wrong) dialog.close();
      problem.hidden = !wrong;
      problem.textContent = wrong;
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => resolve(answer));
    if (first instanceof HTMLInputElement) first.select();
    (first === "yes" ? (buttons.at(-1) ?? cancel) : first === "cancel" ? cancel : first).focus();
  });
}
