// A list of which only the rows near the view are on the page, so that thousands cost no more than a screenful.
import { rowsInView } from "../kernels/windowing.js";
import { element } from "./dom.js";
/** @import {RowRange} from "../kernels/windowing.js" */

const AROUND = 6;

/**
 * @typedef {object} ListSource
 * @property {() => number} total
 * @property {(row: number) => string} key changes where the row has to be made anew
 * @property {(row: number) => HTMLElement} make
 * @property {(rows: RowRange) => void} need told which rows are in view
 */

/** Shows rows of one height. */
export class WindowedList {
  /** @type {Map<number, {key: string, element: HTMLElement}>} */
  #rows = new Map();

  /**
   * @param {number} rowHeight pixels
   * @param {string} label
   * @param {ListSource} source
   */
  constructor(rowHeight, label, source) {
    this.rowHeight = rowHeight;
    this.source = source;
    this.inner = element("div", { class: "windowed-rows", role: "list", "aria-label": label });
    this.element = element("div", { class: "windowed" }, this.inner);
    this.element.addEventListener("scroll", () => this.show(), { passive: true });
    new ResizeObserver(() => this.show()).observe(this.element);
  }

  /** Bring the page in step with the source. The keyboard's focus goes with the job that has it, wherever that moves to. */
  show() {
    const focused = this.#focused();
    const total = this.source.total();
    const { scrollTop: scrolled, clientHeight: height } = this.element;
    const range = rowsInView({ scrolled, height, rowHeight: this.rowHeight, total, around: AROUND });
    this.inner.style.height = `${total * this.rowHeight}px`;
    for (const [row, shown] of this.#rows) if (row < range.first || row >= range.last) this.#drop(row, shown.element);
    for (let row = range.first; row < range.last; row += 1) this.#place(row, total);
    if (focused && !this.element.contains(document.activeElement)) this.#focus(focused);
    this.source.need(range);
  }

  /** What has the keyboard's focus: a job, and one of its buttons by its name or the row itself. */
  #focused() {
    const active = document.activeElement;
    const job = active instanceof HTMLElement && this.element.contains(active) ? active.closest("[data-job]") : null;
    return job ? { job: String(/** @type {HTMLElement} */ (job).dataset.job), button: active?.getAttribute("aria-label") ?? "" } : null;
  }

  /** @param {{job: string, button: string}} focused */
  #focus({ job, button }) {
    const row = /** @type {HTMLElement | null} */ (this.inner.querySelector(`[data-job="${CSS.escape(job)}"]`));
    const target = button ? row?.querySelector(`[aria-label="${CSS.escape(button)}"]`) : row;
    /** @type {HTMLElement | null | undefined} */ (target ?? row)?.focus({ preventScroll: true });
  }

  /** @param {number} row @param {number} total */
  #place(row, total) {
    const key = this.source.key(row);
    const before = this.#rows.get(row);
    if (before?.key === key) return;
    const made = this.source.make(row);
    made.style.top = `${row * this.rowHeight}px`;
    made.style.height = `${this.rowHeight}px`;
    made.setAttribute("role", "listitem");
    made.setAttribute("aria-posinset", String(row + 1));
    made.setAttribute("aria-setsize", String(total));
    if (before) before.element.replaceWith(made);
    else this.inner.append(made);
    this.#rows.set(row, { key, element: made });
  }

  /** @param {number} row @param {HTMLElement} shown */
  #drop(row, shown) {
    shown.remove();
    this.#rows.delete(row);
  }
}
