// Makers of elements, as packs' scripts call them.
import { say } from "../texts/texts.js";

/**
 * Make an element: `$el("div.name.other", {style: {…}, onclick: …}, [children])`.
 * @param {string} selector a tag with classes
 * @param {Record<string, any> | Element[] | Element | string} [properties]
 * @param {Element[] | Element | string} [children]
 */
export function $el(selector, properties, children) {
  const [tag, ...classes] = selector.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.classList.add(...classes);
  const isContent = typeof properties === "string" || properties instanceof Element || Array.isArray(properties);
  const { parent, $, dataset = {}, style = {}, for: htmlFor, ...rest } = isContent || !properties ? /** @type {Record<string, any>} */ ({}) : properties;
  Object.assign(made.dataset, dataset);
  if (typeof style === "string") made.style.cssText = style;
  else Object.assign(made.style, style);
  if (htmlFor) made.setAttribute("for", htmlFor);
  Object.assign(made, rest);
  const content = isContent ? properties : children;
  if (content) made.append(.../** @type {(Element | string)[]} */ (Array.isArray(content) ? content : [content]));
  parent?.append(made);
  $?.(made);
  return made;
}

/** A dialog over the page. Scripts make classes of it, whose element may be another. */
export class ComfyDialog {
  constructor() {
    this.textElement = $el("div");
    /** @type {HTMLElement} */
    this.element = $el("dialog.is-pack", {}, [this.textElement, ...this.createButtons()]);
  }

  /** @returns {HTMLElement[]} */
  createButtons() {
    return [$el("button", { type: "button", textContent: say("page.close"), onclick: () => this.close() })];
  }

  close() {
    if (!(this.element instanceof HTMLDialogElement)) return void (this.element.style.display = "none");
    this.element.close();
    this.element.remove();
  }

  /** @param {string | HTMLElement | HTMLElement[]} content a text may hold tags */
  show(content) {
    if (typeof content === "string") this.textElement.innerHTML = content;
    else if (content) this.textElement.replaceChildren(...(Array.isArray(content) ? content : [content]));
    if (!(this.element instanceof HTMLDialogElement)) return void (this.element.style.display = "flex");
    document.body.append(this.element);
    if (!this.element.open) this.element.showModal();
  }
}
