// Every action of the editor is one command; menu, buttons and shortcuts all come from here.
import { sayOr } from "../texts/texts.js";

/**
 * @typedef {object} Command
 * @property {string} id
 * @property {string} [label] only where the texts have none under `command.` and its id
 * @property {string} [section] heading in the menu; without one it is not listed
 * @property {string[]} [keys] such as "Ctrl+Enter"; Ctrl is Command on a Mac
 * @property {boolean} [worksInText] whether its keys work while a text is being edited
 * @property {() => boolean} [enabled]
 * @property {() => void | Promise<void>} run
 */

/** @typedef {Command & {label: string}} LabelledCommand */

/** Holds the commands by id and finds them by key. */
export class Commands {
  /** @type {Map<string, LabelledCommand>} */
  #commands = new Map();
  /** @type {Map<string, LabelledCommand>} */
  #byKey = new Map();

  /** @param {Command[]} commands */
  add(commands) {
    for (const given of commands) {
      const command = { ...given, label: sayOr(`command.${given.id}`, given.label ?? given.id) };
      this.#commands.set(command.id, command);
      for (const key of command.keys ?? []) this.#byKey.set(key.toLowerCase(), command);
    }
  }

  get all() {
    return [...this.#commands.values()];
  }

  /** @param {string} id */
  get(id) {
    const command = this.#commands.get(id);
    if (!command) throw new Error(`There is no command ${id}.`);
    return command;
  }

  /** @param {string} id */
  run(id) {
    const command = this.get(id);
    if (command.enabled?.() ?? true) command.run();
  }

  /**
   * The command of a key press, if it may run where the focus is.
   * @param {KeyboardEvent} event
   * @param {boolean} isInText
   */
  forKey(event, isInText) {
    const command = this.#byKey.get(keyName(event));
    return command && (!isInText || command.worksInText) ? command : undefined;
  }
}

/** @param {KeyboardEvent} event */
export function keyName(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("ctrl");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey && (event.key.length > 1 || event.ctrlKey || event.metaKey)) parts.push("shift");
  return [...parts, event.key === " " ? "space" : event.key.toLowerCase()].join("+");
}

/**
 * Run commands from the keyboard.
 * @param {Commands} commands
 */
export function attachShortcuts(commands) {
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (isPress(event)) return;
    const command = commands.forKey(event, isTextTarget(event.target));
    if (!command) return;
    event.preventDefault();
    commands.run(command.id);
  });
}

/** Whether the key presses the button that has the focus. @param {KeyboardEvent} event */
function isPress(event) {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && (event.key === "Enter" || event.key === " ");
  return isPlain && event.target instanceof Element && event.target.matches("button, summary, a, [type=checkbox]");
}

/** @param {EventTarget | null} target */
function isTextTarget(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}
