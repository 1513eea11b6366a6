// Buttons of packs' scripts and where they stand in the bar above.
import { element } from "../view/dom.js";

/** @typedef {{content?: string | HTMLElement, tooltip?: string, icon?: string, action?: (event: Event, button: ComfyButton) => void, enabled?: boolean, visibilitySetting?: any}} ButtonLooks */

/** A button. The page has no signs for the names of icons: without words its tooltip stands on it. */
export class ComfyButton {
  #content = /** @type {string | HTMLElement} */ ("");
  #tooltip = "";

  /** @param {ButtonLooks} looks */
  constructor({ content = "", tooltip = "", icon = "", action, enabled = true }) {
    this.action = action;
    this.iconElement = element("i", {});
    this.contentElement = element("span", {});
    this.element = element("button", { type: "button", class: "tool is-word is-packs", onclick: (/** @type {Event} */ event) => this.action?.(event, this) }, this.contentElement);
    this.icon = icon;
    this.#tooltip = tooltip;
    this.content = content;
    this.enabled = enabled;
  }

  get content() {
    return this.#content;
  }

  set content(content) {
    this.#content = content;
    this.#show();
  }

  get tooltip() {
    return this.#tooltip;
  }

  set tooltip(tooltip) {
    this.#tooltip = tooltip;
    this.#show();
  }

  get enabled() {
    return !this.element.disabled;
  }

  set enabled(isEnabled) {
    this.element.disabled = !isEnabled;
  }

  get hidden() {
    return this.element.hidden;
  }

  set hidden(isHidden) {
    this.element.hidden = isHidden;
  }

  #show() {
    this.element.title = this.#tooltip;
    this.contentElement.replaceChildren(this.#content || this.#tooltip);
  }
}

/** Some buttons side by side. */
export class ComfyButtonGroup {
  /** @param {...(ComfyButton | HTMLElement)} buttons */
  constructor(...buttons) {
    this.element = element("span", { class: "tool-group is-packs" });
    /** @type {(ComfyButton | HTMLElement)[]} */
    this.buttons = [];
    for (const button of buttons) this.append(button);
  }

  /** @param {ComfyButton | HTMLElement} button */
  append(button) {
    this.insert(button, this.buttons.length);
  }

  /** @param {ComfyButton | HTMLElement} button @param {number} index */
  insert(button, index) {
    this.buttons.splice(index, 0, button);
    this.update();
  }

  /** @param {ComfyButton | HTMLElement | number} buttonOrIndex */
  remove(buttonOrIndex) {
    const index = typeof buttonOrIndex === "number" ? buttonOrIndex : this.buttons.indexOf(buttonOrIndex);
    if (index < 0) return undefined;
    const [gone] = this.buttons.splice(index, 1);
    this.update();
    return gone;
  }

  update() {
    this.element.replaceChildren(...this.buttons.map((button) => (button instanceof HTMLElement ? button : button.element)));
  }
}

/** The groups of the bar to which scripts add, or beside which they put their own: `app.menu`. */
export function makePackMenu() {
  const bar = document.querySelector(".toolbar");
  const [actionsGroup, viewGroup, settingsGroup] = [new ComfyButtonGroup(), new ComfyButtonGroup(), new ComfyButtonGroup()];
  const groups = { actionsGroup, viewGroup, settingsGroup };
  bar?.querySelector(".spacer")?.after(...Object.values(groups).map((group) => group.element));
  return { element: bar, ...groups };
}
