// The server's log below the canvas: its last lines, and every new one as it comes.
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { useStyles } from "../view/stylesheet.js";
/** @import {Editor} from "../editor.js" */

/** @typedef {{t: string, m: string}} LogLine when, and what was said */

const MOST_LINES = 2000;
const LEVEL = /^(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b/;

/** @type {ServerLog | null} */
let opened = null;
let isListening = false;

/** Open the log, or close it where it is open. @param {HTMLElement} root @param {Editor} editor */
export async function toggleLog(root, editor) {
  await Promise.all([useStyles("queue"), useStyles("log")]);
  if (opened) return opened.close();
  opened = new ServerLog(root, editor);
  if (!isListening) editor.runs.listen(({ type, data }) => type === "logs" && opened?.add(data.entries ?? []), () => {});
  isListening = true;
  await opened.read();
}

class ServerLog {
  /** @param {HTMLElement} root @param {Editor} editor */
  constructor(root, editor) {
    this.editor = editor;
    this.before = document.activeElement;
    this.lines = element("div", { class: "log-lines", role: "log", tabindex: "0", "aria-label": say("command.server-log") });
    const close = element("button", { type: "button", class: "close", "aria-label": say("page.close"), onclick: () => this.close() }, "×");
    this.element = element("aside", { class: "drawer log", "aria-label": say("command.server-log") }, element("header", {}, element("h2", {}, say("command.server-log")), close), this.lines);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    root.append(this.element);
    this.lines.focus();
  }

  /** Get the last lines, and have new ones sent. */
  async read() {
    const { server, runs, notices } = this.editor;
    try {
      await server.followLog(runs.clientId, true);
      this.add((await server.logLines()).entries, true);
    } catch (error) {
      notices.show(/** @type {Error} */ (error).message, "error");
    }
  }

  /** @param {LogLine[]} lines @param {boolean} [isWhole] whether they are all that there are */
  add(lines, isWhole = false) {
    const isAtEnd = this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight < 30;
    if (isWhole) this.lines.replaceChildren();
    this.lines.append(...lines.map(lineOf));
    while (this.lines.childElementCount > MOST_LINES) this.lines.firstElementChild?.remove();
    if (isAtEnd || isWhole) this.lines.scrollTop = this.lines.scrollHeight;
  }

  close() {
    const isInside = this.element.contains(document.activeElement);
    this.element.remove();
    opened = null;
    if (isInside && this.before instanceof HTMLElement) this.before.focus({ preventScroll: true });
    this.editor.server.followLog(this.editor.runs.clientId, false).catch(() => {}); // Nobody looks any more: lines that still come are passed over.
  }
}

/** @param {LogLine} line */
function lineOf({ t, m }) {
  const time = new Date(t);
  const level = LEVEL.exec(m)?.[1].toLowerCase() ?? "info";
  return element("div", { class: `log-line is-${level}` }, element("time", { datetime: t }, Number.isNaN(time.valueOf()) ? "" : time.toLocaleTimeString()), element("span", {}, m.trimEnd()));
}
