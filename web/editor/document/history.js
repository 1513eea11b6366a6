// Undo and redo over immutable values: a step back is the very value that was there before.

const LIMIT = 500;
const MERGE_WITHIN_MS = 1200;
const GESTURE = "gesture ";

/** The merge key of one gesture, however long it takes. @param {string} name @param {number} begun when, which no other gesture shares */
export function gestureKey(name, begun) {
  return `${GESTURE}${name} ${begun}`;
}

/**
 * @template T
 * @typedef {{value: T, label: string, mergeKey: string | null, time: number, place: any}} Step `place`: where the edit was made
 */

/**
 * Keeps what a value was before each edit.
 * @template T
 */
export class History {
  /** @type {Step<T>[]} */
  #past = [];
  /** @type {Step<T>[]} */
  #future = [];
  /** What could be redone before the last step. @type {Step<T>[]} */
  #given = [];

  /** @param {T} value */
  constructor(value) {
    this.value = value;
  }

  /**
   * Take a new value; edits with the same merge key in quick succession (typing), or of one gesture, are one step.
   * @param {T} value
   * @param {string} label
   * @param {string | null} mergeKey
   * @param {any} place where the edit is made, which undo and redo lead back to
   * @param {number} time milliseconds
   */
  push(value, label, mergeKey = null, place = null, time = Date.now()) {
    const last = this.#past.at(-1);
    const isSoon = Boolean(last && time - last.time < MERGE_WITHIN_MS) || mergeKey?.includes(GESTURE);
    const merges = mergeKey !== null && last?.mergeKey === mergeKey && isSoon && !this.#future.length;
    if (merges && last) last.time = time;
    else {
      this.#given = this.#future;
      this.#past.push({ value: this.value, label, mergeKey, place, time });
    }
    if (this.#past.length > LIMIT) this.#past.shift();
    this.#future = [];
    this.value = value;
  }

  /** Take the last step back as if it had never been, where it is of this gesture. @param {string} mergeKey @returns {boolean} whether it was */
  retract(mergeKey) {
    const step = this.#past.at(-1);
    if (!step || step.mergeKey !== mergeKey || this.#future.length) return false;
    this.#past.pop();
    this.#future = this.#given;
    this.value = step.value;
    return true;
  }

  /** Take another value in place of the present one, as if it had been so from the last edit on. @param {T} value */
  amend(value) {
    this.value = value;
  }

  /** Start over with a value that has no past. @param {T} value */
  reset(value) {
    this.#past = [];
    this.#future = [];
    this.#given = [];
    this.value = value;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** What undo would take back, or "". */
  get undoLabel() {
    return this.#past.at(-1)?.label ?? "";
  }

  /** What redo would bring back, or "". */
  get redoLabel() {
    return this.#future.at(-1)?.label ?? "";
  }

  /** Go back a step; answers where its edit was made. */
  undo() {
    const step = this.#past.pop();
    if (!step) return;
    this.#future.push({ ...step, value: this.value, mergeKey: null });
    this.value = step.value;
    return step.place;
  }

  /** Go forth again; answers where the edit was made. */
  redo() {
    const step = this.#future.pop();
    if (!step) return;
    this.#past.push({ ...step, value: this.value, mergeKey: null });
    this.value = step.value;
    return step.place;
  }
}
