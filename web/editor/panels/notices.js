// Short messages at the foot of the page, the hint beside a gesture, and the banner of a lost connection.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";

const SHOWN_MS = 6000;
const MOST = 4;
const HINT_AWAY = 22;
/** Whether and why the open workflow cannot run: said when it is opened, queued, and when it fails. */
export const RUNNING = "running";

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
   * Say something for a while; what is said already is not said twice, and of one matter only the newest stands.
   * @param {string} message
   * @param {"info" | "error"} tone
   * @param {{label: string, run: () => void}} [action] what a button beside it does
   * @param {string} [matter] what it is about
   * @returns {HTMLElement} it is on the page as long as it is shown
   */
  show(message, tone, action, matter) {
    for (const shown of this.list.querySelectorAll(".notice")) {
      if (shown.firstElementChild?.textContent === message) shown.remove();
    }
    if (matter) this.withdraw(matter);
    const notice = element("div", { class: `notice is-${tone}`, "data-matter": matter }, element("span", {}, message));
    const close = () => notice.remove();
    const act = () => (close(), action?.run());
    if (action) notice.append(element("button", { type: "button", class: "notice-action", onclick: act }, action.label));
    notice.append(element("button", { type: "button", class: "close", "aria-label": say("page.dismiss"), onclick: close }, "×"));
    this.list.append(notice);
    while (this.list.children.length > MOST) this.list.firstElementChild?.remove();
    setTimeout(close, tone === "error" ? 2 * SHOWN_MS : SHOWN_MS);
    return notice;
  }

  /** Take away what was said of a matter that has changed. @param {string} matter */
  withdraw(matter) {
    for (const shown of this.list.querySelectorAll(`.notice[data-matter="${matter}"]`)) shown.remove();
  }

  /** Words beside the pointer of the gesture under way; "" hides them. @param {string} message @param {{clientX: number, clientY: number}} [at] */
  hint(message, at) {
    this.hintLine.hidden = !message;
    this.hintLine.textContent = message;
    if (!message || !at) return;
    const { offsetWidth: width, offsetHeight: height } = this.hintLine;
    const left = Math.max(8, Math.min(at.clientX - width / 2, innerWidth - width - 8));
    const above = at.clientY - height - HINT_AWAY;
    this.hintLine.style.transform = `translate(${left}px, ${above > 8 ? above : at.clientY + HINT_AWAY}px)`;
  }

  /** A standing message; "" takes it away. @param {string} message */
  stand(message) {
    this.banner.hidden = !message;
    this.banner.textContent = message;
  }
}
