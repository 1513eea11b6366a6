// Every action of the editor is one command; menu, palette, buttons and shortcuts all come from here.
import { Observable } from "../document/observable.js";
import { sayOr } from "../texts/texts.js";

/**
 * @typedef {object} Command
 * @property {string} id
 * @property {string} [label] only where the texts have none under `command.` and its id
 * @property {string} [section] heading in the menu; without one only the palette and the keys reach it
 * @property {string[]} [keys] the keys at first, such as "Ctrl+Enter"; Ctrl is Command on a Mac
 * @property {string} [swatch] a colour that stands before its name
 * @property {string[]} [browserKeys] those of its first keys at which the browser itself begins it, by an event that the page hears
 * @property {boolean} [worksInText] whether its keys work while a text is being edited
 * @property {() => boolean} [enabled]
 * @property {() => Promise<any>} [load] brings what it runs with, where the first screen does without that
 * @property {() => void | Promise<any>} run
 */

/** @typedef {Command & {label: string, keys: string[]}} LabelledCommand */
/** @typedef {Record<string, string[]>} Shortcuts the keys of commands, by id, where they were changed */

/** Holds the commands by id and finds them by key. */
export class Commands {
  /** @type {Map<string, Command>} */
  #given = new Map();
  /** @type {Map<string, LabelledCommand>} */
  #commands = new Map();
  /** @type {Map<string, LabelledCommand>} */
  #byKey = new Map();
  /** @type {Shortcuts} */
  #shortcuts = {};
  /** @type {Set<string>} those that were loaded */
  #loaded = new Set();
  /** What is still to be run before the next one. @type {Promise<void> | null} */
  #queued = null;

  /** Counts up when there are more commands, or other keys. */
  changed = new Observable(0);

  /** @param {Command[]} commands */
  add(commands) {
    for (const command of commands) this.#given.set(command.id, command);
    this.#index();
    this.changed.value += 1;
  }

  /** Take other keys than those the commands came with; a key belongs to the command that took it last. @param {Shortcuts} shortcuts */
  rebind(shortcuts) {
    this.#shortcuts = shortcuts;
    this.#index();
    this.changed.value += 1;
  }

  get all() {
    return [...this.#commands.values()];
  }

  /** @param {string} id */
  has(id) {
    return this.#commands.has(id);
  }

  /** @param {string} id */
  get(id) {
    const command = this.#commands.get(id);
    if (!command) throw new Error(`There is no command ${id}.`);
    return command;
  }

  /** The command that a key belongs to. @param {string} key such as "Ctrl+Enter" */
  ownerOf(key) {
    return this.#byKey.get(key.toLowerCase());
  }

  /** The keys that a command came with. @param {string} id */
  firstKeys(id) {
    return this.#given.get(id)?.keys ?? [];
  }

  /** Run a command; while one before it is still being loaded, it waits for its turn. @param {string} id */
  run(id) {
    const { load } = this.get(id);
    if (!this.#queued && (!load || this.#loaded.has(id))) return this.#start(id);
    const turn = (this.#queued ?? Promise.resolve()).then(load).then(() => {
      this.#loaded.add(id);
      this.#start(id);
    });
    const done = () => {
      if (this.#queued === queued) this.#queued = null;
    };
    /** @type {Promise<void>} */
    const queued = turn.then(done, (problem) => {
      done();
      void Promise.reject(problem); // The page says what fails and is caught nowhere; the next command runs all the same.
    });
    this.#queued = queued;
  }

  /** @param {string} id */
  #start(id) {
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

  #index() {
    this.#commands.clear();
    this.#byKey.clear();
    for (const given of this.#given.values()) {
      const keys = this.#shortcuts[given.id] ?? given.keys ?? [];
      const command = { ...given, label: sayOr(`command.${given.id}`, given.label ?? given.id), keys };
      this.#commands.set(given.id, command);
      for (const key of keys) this.#byKey.set(key.toLowerCase(), command);
    }
    for (const id of Object.keys(this.#shortcuts)) {
      const command = this.#commands.get(id);
      for (const key of command?.keys ?? []) this.#byKey.set(key.toLowerCase(), /** @type {LabelledCommand} */ (command));
    }
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
    if (!command || command.browserKeys?.some((key) => key.toLowerCase() === keyName(event))) return;
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
