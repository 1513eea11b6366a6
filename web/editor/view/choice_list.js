// A list to choose from with a field that filters it, opened over a card; one at a time.
import { searchChoices } from "../kernels/choice_search.js";
import { say } from "../texts/texts.js";
import { element } from "./dom.js";

const MOST_SHOWN = 400;
const GAP = 6;
let opened = /** @type {ChoiceList | null} */ (null);

/**
 * @typedef {object} ChoiceRequest
 * @property {HTMLElement} anchor what it belongs to; gets the focus back
 * @property {string} name
 * @property {any[]} choices
 * @property {any} chosen
 * @property {(choice: any) => void} take
 * @property {Promise<(choice: any) => string | null>} pictures
 */

/** @param {ChoiceRequest} request */
export function openChoiceList(request) {
  opened?.close(false);
  opened = new ChoiceList(request);
}

/** The open list: typing filters, arrows walk, Enter and a click choose, Escape and a press elsewhere close. */
class ChoiceList {
  #found = /** @type {any[]} */ ([]);
  #active = 0;
  #pictureOf = /** @type {(choice: any) => string | null} */ (() => null);

  /** @param {ChoiceRequest} request */
  constructor(request) {
    this.request = request;
    const id = "choice-list";
    this.input = element("input", { type: "text", role: "combobox", "aria-label": say("choice.filter", { name: request.name }), "aria-expanded": "true", "aria-controls": id, "aria-autocomplete": "list", placeholder: say("choice.filter", { name: request.name }), autocomplete: "off", spellcheck: "false" });
    this.list = element("ul", { id, role: "listbox", "aria-label": request.name });
    this.element = element("div", { class: "search choices", role: "dialog", "aria-label": request.name }, this.input, this.list);
    this.input.addEventListener("input", () => this.#search());
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.list.addEventListener("click", (event) => this.#onClick(event));
    this.onElsewhere = (/** @type {Event} */ event) => {
      if (!this.element.contains(/** @type {Node} */ (event.target))) this.close(false);
    };
    document.addEventListener("pointerdown", this.onElsewhere, true);
    document.addEventListener("wheel", this.onElsewhere, { capture: true, passive: true });
    document.body.append(this.element);
    this.#search();
    this.#place();
    this.input.focus();
    request.pictures.then((pictureOf) => this.#showPictures(pictureOf)).catch(() => {});
  }

  /** @param {boolean} returnsFocus */
  close(returnsFocus) {
    document.removeEventListener("pointerdown", this.onElsewhere, true);
    document.removeEventListener("wheel", this.onElsewhere, true);
    this.element.remove();
    if (opened === this) opened = null;
    if (returnsFocus) this.request.anchor.focus();
  }

  /** Below what it belongs to, or above where there is more room. */
  #place() {
    const anchor = this.request.anchor.getBoundingClientRect();
    const below = innerHeight - anchor.bottom;
    const isBelow = below > 300 || below > anchor.top;
    this.element.style.left = `${Math.max(8, Math.min(anchor.left, innerWidth - this.element.offsetWidth - 8))}px`;
    this.element.style.maxHeight = `${Math.min(420, (isBelow ? below : anchor.top) - 2 * GAP)}px`;
    if (isBelow) this.element.style.top = `${anchor.bottom + GAP}px`;
    else Object.assign(this.element.style, { top: "auto", bottom: `${innerHeight - anchor.top + GAP}px` });
  }

  #search() {
    this.#found = searchChoices(this.request.choices, this.input.value).slice(0, MOST_SHOWN);
    this.#active = this.input.value ? 0 : Math.max(0, this.#found.indexOf(this.request.chosen));
    this.#render();
  }

  /** @param {(choice: any) => string | null} pictureOf */
  #showPictures(pictureOf) {
    this.#pictureOf = pictureOf;
    this.#render();
  }

  #render() {
    const rows = this.#found.map((choice, index) => this.#row(choice, index));
    this.list.replaceChildren(...(rows.length ? rows : [element("li", { class: "choices-empty" }, say("choice.none"))]));
    this.#mark(this.#active);
  }

  /** @param {any} choice @param {number} index */
  #row(choice, index) {
    const url = this.#pictureOf(choice);
    const picture = url && element("img", { src: url, alt: "", loading: "lazy", decoding: "async" });
    if (picture) picture.addEventListener("error", () => picture.classList.add("is-absent"));
    return element("li", { role: "option", id: `choice-${index}`, title: String(choice) }, picture || null, element("span", { class: "search-name" }, String(choice)));
  }

  /** @param {number} index */
  #mark(index) {
    this.list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    this.#active = Math.max(0, Math.min(index, this.#found.length - 1));
    const row = this.list.children[this.#active];
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", row?.id ?? "");
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    event.stopPropagation();
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step) this.#mark(this.#active + step);
    else if (event.key === "Enter") this.#take(this.#active);
    else if (event.key === "Escape" || event.key === "Tab") this.close(true);
    else return;
    event.preventDefault();
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const row = /** @type {Element} */ (event.target).closest("[role=option]");
    if (row) this.#take([...this.list.children].indexOf(row));
  }

  /** @param {number} index */
  #take(index) {
    if (!(index in this.#found)) return;
    const choice = this.#found[index];
    this.close(true);
    this.request.take(choice);
  }
}
