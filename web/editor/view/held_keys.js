// Keys pressed while what a command opens is still being fetched: held, and given to it once it is there.

const MODIFIERS = new Set(["Control", "Shift", "Alt", "AltGraph", "Meta", "CapsLock"]);
const MOST_HELD_MS = 10_000;

let awaited = 0;
let held = /** @type {KeyboardEvent[]} */ ([]);

/**
 * Wait for something to open that the next keys are meant for.
 * @template T
 * @param {Promise<T>} opening
 * @returns {Promise<T>}
 */
export async function holdingKeys(opening) {
  awaited += 1;
  const letGo = once(() => {
    awaited -= 1;
    if (!awaited) giveAll();
  });
  const forget = once(() => {
    held = [];
    letGo();
  });
  const limit = setTimeout(forget, MOST_HELD_MS);
  try {
    const opened = await opening;
    // Who waited for it opens it first.
    setTimeout(letGo);
    return opened;
  } catch (error) {
    forget();
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

/** Hold keys whenever something that they are meant for is on its way. */
export function attachHeldKeys() {
  window.addEventListener("keydown", hold, { capture: true });
}

/** @param {KeyboardEvent} event */
function hold(event) {
  if (!awaited || MODIFIERS.has(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  held.push(event);
}

function giveAll() {
  const keys = held;
  held = [];
  // A key that opens something else makes the listener hold those after it once more.
  for (const key of keys) give(key);
}

/** @param {KeyboardEvent} event */
function give({ key, code, ctrlKey, altKey, shiftKey, metaKey }) {
  const target = document.activeElement ?? document.body;
  const again = new KeyboardEvent("keydown", { key, code, ctrlKey, altKey, shiftKey, metaKey, bubbles: true, cancelable: true });
  if (target.dispatchEvent(again) && !ctrlKey && !altKey && !metaKey) actOn(target, key);
}

/** What the browser does at a key of its own accord; it does not at one that a script sends. @param {Element} target @param {string} key */
function actOn(target, key) {
  const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  if (key === "Escape") [...document.querySelectorAll("dialog")].findLast((dialog) => dialog.open)?.close();
  else if (target instanceof HTMLButtonElement && (key === "Enter" || key === " ")) target.click();
  else if (target instanceof HTMLInputElement && key === "Enter") target.form?.requestSubmit();
  else if (isField && key === "Enter") document.execCommand("insertLineBreak");
  else if (isField && key === "Backspace") document.execCommand("delete");
  else if (isField && [...key].length === 1) document.execCommand("insertText", false, key);
}

/** @param {() => void} action */
function once(action) {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}
