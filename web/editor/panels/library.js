// The libraries beside the canvas: nodes by category, models by folder; a press or a drag puts one on the canvas.
import { keptBy, offersFor, removeKept, withOffers } from "../commands/offers.js";
import { folderOf, modelItems, nodeItems, placeEntry } from "../kernels/library.js";
import { placeOffer } from "../kernels/offered_subgraphs.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { useStyles } from "../view/stylesheet.js";
import { takeLeft } from "./left_side.js";
/** @import {Editor} from "../editor.js" */
/** @import {Entry, Folder, Item} from "../kernels/library.js" */
/** @import {Point} from "../kernels/geometry.js" */
/** @import {Offer} from "../kernels/offered_subgraphs.js" */
/** @import {Stage} from "../view/stage.js" */

/** @typedef {"nodes" | "models"} LibraryKind */

const DRAGGED = "text/skein-entry";
const ITEMS = { nodes: nodeItems, models: modelItems };
const TITLES = /** @type {const} */ ({ nodes: "library.nodes", models: "library.models" });

/** @type {Library | null} */
let opened = null;

/**
 * Open a library, or close it where it is open; only one is.
 * @param {HTMLElement} root
 * @param {Editor} editor
 * @param {Stage} stage
 * @param {LibraryKind} kind
 */
export async function toggleLibrary(root, editor, stage, kind) {
  await Promise.all([useStyles("queue"), useStyles("library")]);
  const before = opened;
  before?.close();
  if (before?.kind === kind) return;
  const library = new Library(root, editor, stage, kind);
  opened = library;
  takeLeft(() => opened === library && library.close());
}

class Library {
  /** @type {Map<string, Offer>} subgraphs, by the names of what stands for them among the classes */
  #offers = new Map();

  /** @param {HTMLElement} root @param {Editor} editor @param {Stage} stage @param {LibraryKind} kind */
  constructor(root, editor, stage, kind) {
    this.editor = editor;
    this.stage = stage;
    this.kind = kind;
    this.before = document.activeElement;
    this.search = element("input", { type: "search", class: "job-search", placeholder: say("library.search"), "aria-label": say("library.search"), autocomplete: "off" });
    this.tree = element("div", { class: "library-tree" });
    const close = element("button", { type: "button", class: "close", "aria-label": say("page.close"), onclick: () => this.close() }, "×");
    this.element = element("aside", { class: "drawer library", "aria-label": say(TITLES[kind]) }, element("header", {}, element("h2", {}, say(TITLES[kind])), close), this.search, this.tree);
    this.search.addEventListener("input", () => this.#show());
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.onOver = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes(DRAGGED) && event.preventDefault();
    this.onDrop = (/** @type {DragEvent} */ event) => this.#drop(event);
    stage.root.addEventListener("dragover", this.onOver);
    stage.root.addEventListener("drop", this.onDrop);
    const stops = [editor.definitions.subscribe(() => this.#show()), keptBy(editor).changes.subscribe(() => void this.#readOffers())];
    this.stop = () => stops.forEach((stop) => stop());
    root.append(this.element);
    this.#show();
    this.search.focus();
    void this.#readOffers();
  }

  /** List the subgraphs that there are now. */
  async #readOffers() {
    if (this.kind !== "nodes") return;
    this.#offers = await offersFor(this.editor).catch((error) => (this.editor.notices.show(error.message, "error"), new Map()));
    this.#show();
  }

  close() {
    this.stop();
    this.stage.root.removeEventListener("dragover", this.onOver);
    this.stage.root.removeEventListener("drop", this.onDrop);
    const isInside = this.element.contains(document.activeElement);
    this.element.remove();
    opened = null;
    if (isInside && this.before instanceof HTMLElement) this.before.focus({ preventScroll: true });
  }

  #show() {
    const words = this.search.value.trim();
    const root = folderOf(ITEMS[this.kind](withOffers(this.editor.definitions.value, this.#offers), words));
    const rows = [...root.folders.map((folder) => this.#folder(folder, words !== "")), ...root.items.map((item) => this.#item(item))];
    const empty = say(this.kind === "models" && !words ? "library.no-models" : "page.empty");
    this.tree.replaceChildren(...(rows.length ? rows : [element("p", { class: "empty" }, empty)]));
  }

  /** What is in a folder is made when it is opened. @param {Folder} folder @param {boolean} isOpen @returns {HTMLElement} */
  #folder(folder, isOpen) {
    const inside = element("div", { class: "library-inside" });
    const details = element("details", { open: isOpen }, element("summary", {}, folder.name.replaceAll("_", " ")), inside);
    const fill = () => inside.childElementCount || inside.append(...folder.folders.map((inner) => this.#folder(inner, isOpen)), ...folder.items.map((item) => this.#item(item)));
    if (isOpen) fill();
    details.addEventListener("toggle", fill);
    return details;
  }

  /** @param {Item} item */
  #item({ entry, name, hint }) {
    const row = element("button", { type: "button", class: "library-item", draggable: "true", title: hint || false, onclick: () => this.#add(entry, this.#middle()) }, name);
    row.addEventListener("dragstart", (event) => event.dataTransfer?.setData(DRAGGED, JSON.stringify(entry)));
    const offer = this.#offers.get(entry.type);
    return offer?.path ? element("div", { class: "library-kept" }, row, this.#remover(offer)) : row;
  }

  /** What is kept can be taken out. @param {Offer} offer */
  #remover(offer) {
    const label = say("library.remove", { name: offer.definition.display_name ?? offer.path });
    return element("button", { type: "button", class: "close", "aria-label": label, title: label, onclick: () => removeKept(this.editor, offer) }, "×");
  }

  /** @param {DragEvent} event */
  #drop(event) {
    const dragged = event.dataTransfer?.getData(DRAGGED);
    if (!dragged) return;
    event.preventDefault();
    event.stopPropagation();
    this.#add(JSON.parse(dragged), this.stage.pointOf(event));
  }

  /** @param {Entry} entry @param {Point} at */
  #add(entry, at) {
    let id = "";
    this.editor.document.edit("Add a node", (graph) => {
      const offer = this.#offers.get(entry.type);
      const added = offer ? placeOffer(graph, offer, at) : placeEntry(graph, this.editor.definitions.value, entry, at);
      id = added ? String(added.id) : "";
      return added?.workflow ?? graph;
    });
    if (id) this.editor.select([id]);
  }

  /** The middle of what can be seen beside the library. */
  #middle() {
    const { w, h } = this.stage.screen;
    const left = this.element.getBoundingClientRect().right;
    const { left: page, top } = this.stage.root.getBoundingClientRect();
    return this.stage.pointOf({ clientX: left < w - 100 ? (left + page + w) / 2 - 100 : w / 2, clientY: top + h / 3 });
  }

  /** Arrows walk through what is shown; Escape closes. @param {KeyboardEvent} event */
  #onKey(event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Escape") this.close();
    if (step) {
      const stops = [this.search, ...this.tree.querySelectorAll("summary, .library-item")].filter((stop) => stop.checkVisibility());
      const next = stops[stops.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step];
      if (next instanceof HTMLElement) next.focus();
    }
    if (!step && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
  }
}
