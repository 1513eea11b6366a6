// The slot that a dragged link is over, and which slots are shown as fitting.
/** @import {SlotPlace} from "../kernels/connecting.js" */
/** @import {Stage} from "../view/stage.js" */

/**
 * The slot under the pointer; over a card's body, its first slot that fits.
 * @param {Stage} stage
 * @param {PointerEvent} event
 * @param {ReadonlySet<string>} fits
 * @returns {SlotPlace | null}
 */
export function targetAt(stage, event, fits) {
  const under = document.elementFromPoint(event.clientX, event.clientY);
  const row = /** @type {HTMLElement | null} */ (under?.closest("[data-slot]"));
  const socket = row?.matches(".socket") ? row : row?.querySelector(".socket");
  if (socket) return placeOf(stage, /** @type {HTMLElement} */ (socket));
  const card = /** @type {HTMLElement | null} */ (under?.closest(".card"));
  const fitting = [...(card?.querySelectorAll(".slot > .socket") ?? [])].find((item) =>
    fits.has(/** @type {HTMLElement} */ (item).dataset.slot ?? ""),
  );
  return fitting ? placeOf(stage, /** @type {HTMLElement} */ (fitting)) : null;
}

/**
 * @param {Stage} stage
 * @param {HTMLElement} socket
 * @returns {SlotPlace | null}
 */
export function placeOf(stage, socket) {
  const node = /** @type {HTMLElement | null} */ (socket.closest(".card"))?.dataset.node ?? "";
  const side = socket.dataset.side === "output" ? "output" : "input";
  const face = stage.scene.nodes.get(node)?.face;
  const slot =
    side === "output"
      ? face?.outputs[Number(socket.dataset.index)]
      : face?.inputs.find((input) => input.name === socket.dataset.name);
  return slot ? { node, side, slot } : null;
}

/** Mark the sockets that fit; null marks none. @param {Stage} stage @param {ReadonlySet<string> | null} fits */
export function markFitting(stage, fits) {
  for (const socket of /** @type {NodeListOf<HTMLElement>} */ (stage.layer.querySelectorAll(".socket"))) {
    socket.classList.toggle("fits", Boolean(fits?.has(socket.dataset.slot ?? "")));
  }
}
