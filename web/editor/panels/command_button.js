// A button that runs a command and tells its key.
import { element } from "../view/dom.js";
/** @import {Commands} from "../commands/registry.js" */

/**
 * A button that runs a command.
 * @param {Commands} commands
 * @param {string} id
 * @param {string} text
 * @param {string} [style]
 */
export function commandButton(commands, id, text, style = "tool") {
  const isWord = /^\w/.test(text);
  const name = isWord ? null : commands.get(id).label;
  const run = () => commands.run(id);
  const button = element("button", { type: "button", class: style, title: buttonTitle(commands, id), "aria-label": name, onclick: run }, text);
  commands.changed.subscribe(() => (button.title = buttonTitle(commands, id)));
  return button;
}

/** @param {Commands} commands @param {string} id @param {string} [what] */
export function buttonTitle(commands, id, what = "") {
  const { label, keys } = commands.get(id);
  return `${label}${what ? ` “${what}”` : ""}${keys?.length ? ` (${keys[0]})` : ""}`;
}
