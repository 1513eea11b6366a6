// Dragging a waiting prompt to another place in the queue, or moving it with Alt and the arrow keys.
import { dropPlace } from "../kernels/windowing.js";
import { closest } from "../view/dom.js";
/** @import {JobList} from "../client/job_list.js" */
/** @import {WindowedList} from "../view/windowed_list.js" */

/**
 * @param {WindowedList} rows
 * @param {JobList} list
 * @param {(promptIds: string[], place: {before?: string, after?: string}) => void} move
 */
export function attachReordering(rows, list, move) {
  /** @type {{row: number, id: string} | null} */
  let dragged = null;
  const rowAt = (/** @type {MouseEvent} */ event) => {
    const y = event.clientY - rows.element.getBoundingClientRect().top + rows.element.scrollTop;
    const row = Math.min(Math.max(Math.floor(y / rows.rowHeight), 0), list.total.value - 1);
    return { row, isLowerHalf: y / rows.rowHeight - row >= 0.5 };
  };
  const clear = () => {
    for (const marked of rows.inner.querySelectorAll("[data-drop]")) marked.removeAttribute("data-drop");
  };
  rows.element.addEventListener("pointerdown", (event) => {
    const job = closest(event, ".job");
    if (job && !closest(event, "button")) job.draggable = true;
  });
  rows.element.addEventListener("dragstart", (event) => {
    const id = closest(event, ".job")?.dataset.job;
    dragged = id ? { row: rowAt(event).row, id } : null;
    event.dataTransfer?.setData("text/plain", id ?? "");
  });
  rows.element.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    clear();
    const { row, isLowerHalf } = rowAt(event);
    const place = dropPlace(dragged.row, row, isLowerHalf);
    const id = place && list.at(place.row)?.id;
    if (id) rows.inner.querySelector(`[data-job="${CSS.escape(id)}"]`)?.setAttribute("data-drop", place.side);
  });
  rows.element.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    event.stopPropagation();
    const { row, isLowerHalf } = rowAt(event);
    const place = dropPlace(dragged.row, row, isLowerHalf);
    const id = place && list.at(place.row)?.id;
    if (id) move([dragged.id], { [place.side]: id });
  });
  rows.element.addEventListener("dragend", () => {
    dragged = null;
    clear();
  });
  rows.element.addEventListener("keydown", (event) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    const id = closest(event, ".job")?.dataset.job;
    const row = Array.from({ length: list.total.value }, (_none, index) => index).find((index) => list.at(index)?.id === id);
    if (!id || row === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const other = list.at(event.key === "ArrowUp" ? row - 1 : row + 1)?.id;
    if (other) move([id], event.key === "ArrowUp" ? { before: other } : { after: other });
  });
}
