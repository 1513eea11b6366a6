// Short messages at the foot of the page, the hint beside a gesture, and the banner of a lost connection.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";

const SHOWN_MS = 6000;
const READING_MS = 45; // a letter
const LONG = 300; // letters: such a text scrolls
const MOST = 20;
const MOST_SHOWN = 2;
const HINT_AWAY = 22;
/** Whether and why the open workflow cannot run: said when it is opened, queued, and when it fails. */
export const RUNNING = "running";
/** What is to be said of a workflow that was opened. */
export const OPENED = "opened";
/** Whether and why something could not be opened or saved: the next that can takes it away. */
export const OPENING = "opening";
export const SAVING = "saving";

/** Says things to the person without stopping them. */
export class Notices {
  #tab = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.more = element("button", { type: "button", class: "notices-more", hidden: true, onclick: () => this.list.classList.add("is-unfolded") });
    this.list = element("div", { class: "notices", role: "status", "aria-live": "polite" }, this.more);
    this.banner = element("div", { class: "banner", role: "alert", hidden: true });
    this.hintLine = element("div", { class: "hint", role: "status", hidden: true });
    root.append(this.hintLine, element("div", { class: "page-foot" }, this.list, this.banner));
  }

  /**
   * Say something for as long as it takes to read; what is said already is not said twice, and of one matter only the newest
   * stands, of what is said of workflows one of each.
   * @param {string} message
   * @param {"info" | "error"} tone
   * @param {{label: string, run: () => void}} [action] what a button beside it does
   * @param {string} [matter] what it is about
   * @returns {HTMLElement} it is on the page as long as it is shown
   */
  show(message, tone, action, matter) {
    for (const shown of this.#all()) if (shown.firstElementChild?.textContent === message) shown.remove();
    if (matter) this.withdraw(matter, this.#tab);
    const notice = element("div", { class: `notice is-${tone}`, "data-matter": matter, "data-tab": this.#tab }, element("span", { tabindex: message.length > LONG ? "0" : false }, message));
    const close = () => (notice.remove(), this.#fold());
    const act = () => (close(), action?.run());
    if (action) notice.append(element("button", { type: "button", class: "notice-action", onclick: act }, action.label));
    notice.append(element("button", { type: "button", class: "close", "aria-label": say("page.dismiss"), onclick: close }, "×"));
    this.list.append(notice);
    for (const old of this.#all().slice(0, -MOST)) old.remove();
    this.#fold();
    closeOnceSeen(notice, close, (tone === "error" ? 2 : 1) * SHOWN_MS + READING_MS * message.length);
    return notice;
  }

  /** Take away what was said of a matter that has changed. @param {string} matter @param {string} [tab] only what was said while it was shown */
  withdraw(matter, tab) {
    for (const shown of this.#all()) if (shown.dataset.matter === matter && (tab === undefined || shown.dataset.tab === tab)) shown.remove();
    this.#fold();
  }

  /**
   * What is said of workflows is seen while they are shown, and what was said while they were goes with them.
   * @param {string} tab the one that is shown
   * @param {string[]} open all that are open
   */
  showTab(tab, open) {
    if (tab !== this.#tab) this.withdraw(RUNNING);
    this.#tab = tab;
    for (const notice of this.#all()) {
      const { tab: own = "", matter } = notice.dataset;
      if (own && !open.includes(own)) notice.remove();
      else notice.hidden = matter === OPENED && own !== tab;
    }
    this.#fold();
  }

  #all() {
    return /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll(".notice")]);
  }

  /** Only the newest are seen; a button unfolds the others. */
  #fold() {
    const seen = this.#all().filter((notice) => !notice.hidden);
    seen.forEach((notice, index) => notice.classList.toggle("is-folded", index < seen.length - MOST_SHOWN));
    const count = Math.max(0, seen.length - MOST_SHOWN);
    this.more.hidden = !count;
    this.more.textContent = say("page.more-notices", { count });
    if (!count) this.list.classList.remove("is-unfolded");
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

/** Close a notice some time after it is seen; not while the pointer or the focus is on it. @param {HTMLElement} notice @param {() => void} close @param {number} time (ms) */
function closeOnceSeen(notice, close, time) {
  setTimeout(() => {
    if (!notice.isConnected) return;
    if (notice.hidden || notice.matches(":hover, :focus-within")) closeOnceSeen(notice, close, SHOWN_MS);
    else close();
  }, time);
}
