// Short messages at the foot of the page, the hint beside a gesture, and the banner of a lost connection.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";

const SHOWN_MS = 6000;
const MOST = 4;

/** Says things to the person without stopping them. */
export class Notices {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.list = element("div", { class: "notices", role: "status", "aria-live": "polite" });
    this.banner = element("div", { class: "banner", role: "alert", hidden: true });
    this.hintLine = element("div", { class: "hint", role: "status", hidden: true });
    root.append(this.banner, this.hintLine, this.list);
  }

  /**
   * Say something for a while; what is said already is not said twice.
   * @param {string} message
   * @param {"info" | "error"} tone
   * @param {{label: string, run: () => void}} [action] what a button beside it does
   */
  show(message, tone, action) {
    for (const shown of this.list.querySelectorAll(".notice")) {
      if (shown.firstElementChild?.textContent === message) shown.remove();
    }
    const notice = element("div", { class: `notice is-${tone}` }, element("span", {}, message));
    const close = () => notice.remove();
    const act = () => (close(), action?.run());
    if (action) notice.append(element("button", { type: "button", class: "notice-action", onclick: act }, action.label));
    notice.append(element("button", { type: "button", class: "close", "aria-label": say("page.dismiss"), onclick: close }, "×"));
    this.list.append(notice);
    while (this.list.children.length > MOST) this.list.firstElementChild?.remove();
    setTimeout(close, tone === "error" ? 2 * SHOWN_MS : SHOWN_MS);
  }

  /** Words beside the gesture under way; "" hides them. @param {string} message */
  hint(message) {
    this.hintLine.hidden = !message;
    this.hintLine.textContent = message;
  }

  /** A standing message; "" takes it away. @param {string} message */
  stand(message) {
    this.banner.hidden = !message;
    this.banner.textContent = message;
  }
}
