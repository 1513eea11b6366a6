// Makers of elements, as packs' scripts call them.

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

/** A dialog over the page. */
export class ComfyDialog {
  constructor() {
    this.textElement = $el("div");
    this.element = /** @type {HTMLDialogElement} */ ($el("dialog", {}, [this.textElement, ...this.createButtons()]));
  }

  /** @returns {HTMLElement[]} */
  createButtons() {
    return [$el("button", { type: "button", textContent: "Close", onclick: () => this.close() })];
  }

  close() {
    this.element.close();
    this.element.remove();
  }

  /** @param {string | HTMLElement | HTMLElement[]} content text is shown as text */
  show(content) {
    this.textElement.replaceChildren(...(Array.isArray(content) ? content : [content]));
    document.body.append(this.element);
    this.element.showModal();
  }
}
