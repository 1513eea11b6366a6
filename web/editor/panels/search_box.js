// Adding a node by words: opens where the pointer is; with a loose link it offers only what fits and connects it.
import { offersFor, withOffers } from "../commands/offers.js";
import { say } from "../texts/texts.js";
import { addNode } from "../document/edits.js";
import { findNode } from "../document/workflow.js";
import { connect } from "../kernels/connecting.js";
import { faceOf } from "../kernels/faces.js";
import { joinSlots } from "../kernels/joining.js";
import { newNode } from "../kernels/new_node.js";
import { insertOnLink } from "../kernels/healing.js";
import { placeOffer } from "../kernels/offered_subgraphs.js";
import { withValueOf } from "../kernels/primitives.js";
import { searchNodes } from "../kernels/search.js";
import { classTitle } from "../kernels/titles.js";
import { areCompatible } from "../kernels/types.js";
import { element } from "../view/dom.js";
/** @import {Link, NodeDefinition, Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {SlotPlace} from "../kernels/connecting.js" */
/** @import {Offer} from "../kernels/offered_subgraphs.js" */
/** @import {Fit} from "../kernels/search.js" */
/** @import {OutputFace} from "../kernels/faces.js" */
/** @import {Point} from "../kernels/geometry.js" */
/** @import {Stage} from "../view/stage.js" */

/** @typedef {{screen: Point, at: Point, from?: SlotPlace, into?: Link}} SearchRequest where to open and add; the loose link's end; a link to put it into */

const HEIGHT = 420;
const EDGE = 8;
// Below the toolbar, unless the window is so low that the list needs that room too.
const TOP = 64;
const LOW = 300;

/** The search box; one, moved to where it is asked for. */
export class SearchBox {
  /** @type {SearchRequest | null} */
  #request = null;
  /** @type {NodeDefinition[]} */
  #found = [];
  /** @type {Map<string, Offer>} subgraphs, by the names of what stands for them among the classes */
  #offers = new Map();
  #active = 0;
  /** @type {Element | null} what had the focus before, and gets it back */
  #before = null;

  /**
   * @param {HTMLElement} root
   * @param {Editor} editor
   * @param {Stage} stage
   */
  constructor(root, editor, stage) {
    this.editor = editor;
    this.stage = stage;
    this.input = element("input", {
      type: "text",
      role: "combobox",
      "aria-label": say("search.label"),
      "aria-expanded": "true",
      "aria-controls": "search-results",
      "aria-autocomplete": "list",
      placeholder: say("command.add-node"),
      autocomplete: "off",
      spellcheck: "false",
    });
    this.list = element("ul", { id: "search-results", role: "listbox", "aria-label": say("search.results") });
    this.element = element("div", { class: "search", role: "dialog", "aria-label": say("search.title"), hidden: true }, this.input, this.list);
    root.append(this.element);
    this.input.addEventListener("input", () => this.#search());
    editor.definitions.subscribe(() => this.#request && this.#search());
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    this.list.addEventListener("click", (event) => this.#onClick(event));
    visualViewport?.addEventListener("resize", () => this.#request && this.#place(this.#request.screen));
    document.addEventListener("pointerdown", (event) => {
      if (!this.element.contains(/** @type {Node} */ (event.target))) this.close();
    });
  }

  /** @param {SearchRequest} request */
  open(request) {
    this.#request = request;
    if (this.element.hidden) this.#before = document.activeElement;
    this.element.hidden = false;
    this.#place(request.screen);
    this.input.value = "";
    this.#search();
    this.input.focus();
    void this.#readOffers(request);
  }

  /** Subgraphs come a moment after the classes. @param {SearchRequest} request */
  async #readOffers(request) {
    const offers = await offersFor(this.editor).catch((error) => (this.editor.notices.show(error.message, "error"), new Map()));
    const isNew = offers.size > 0 || this.#offers.size > 0;
    this.#offers = offers;
    if (isNew && this.#request === request) this.#search();
  }

  /** As high as there is room for: a keyboard on the screen takes some. @param {Point} asked */
  #place({ x, y }) {
    const height = visualViewport ? visualViewport.height * visualViewport.scale : innerHeight;
    const left = Math.max(EDGE, Math.min(x, innerWidth - this.element.offsetWidth - EDGE));
    const top = Math.max(height < LOW ? EDGE : TOP, Math.min(y, height - HEIGHT - EDGE));
    this.element.style.transform = `translate(${left}px, ${top}px)`;
    this.element.style.maxHeight = `${Math.min(HEIGHT, height - top - EDGE)}px`;
  }

  close() {
    const isInside = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (isInside) this.input.blur();
    if (isInside && this.#before instanceof HTMLElement) this.#before.focus({ preventScroll: true });
    this.#request = null;
  }

  #search() {
    this.#found = searchNodes(withOffers(this.editor.definitions.value, this.#offers), this.input.value, fitsOf(this.#request));
    this.list.replaceChildren(...this.#found.map(resultRow));
    if (!this.#found.length) this.list.append(element("li", { class: "search-empty" }, say("search.empty")));
    this.#activate(0);
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = Math.max(0, Math.min(index, this.#found.length - 1));
    [...this.list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === this.#active)));
    const row = this.list.children[this.#active];
    row?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", row?.id ?? "");
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const moves = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 });
    if (event.key in moves) this.#activate(this.#active + moves[event.key]);
    else if (event.key === "Enter") this.#add(this.#found[this.#active]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const row = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    if (row) this.#add(this.#found[[...this.list.children].indexOf(row)]);
  }

  /** @param {NodeDefinition | undefined} definition */
  #add(definition) {
    const request = this.#request;
    if (!definition || !request) return;
    this.close();
    let id = "";
    const offer = this.#offers.get(definition.name);
    const at = { x: request.at.x, y: request.at.y + 15 };
    this.editor.document.edit(`Add ${classTitle(definition)}`, (workflow) => {
      const added = offer ? placeOffer(workflow, offer, at) : addNode(workflow, newNode(definition, at));
      if (!added) return workflow;
      id = String(added.id);
      if (request.into) return insertOnLink(added.workflow, id, request.into.id, this.editor.definitions.value);
      return request.from ? this.#joined(added.workflow, id, request.from) : added.workflow;
    });
    this.editor.select([id]);
    this.stage.focusCard(id);
  }

  /**
   * @param {Workflow} workflow
   * @param {string} id
   * @param {SlotPlace} from
   * @returns {Workflow}
   */
  #joined(workflow, id, from) {
    const node = findNode(workflow, id);
    if (!node) return workflow;
    const face = faceOf(workflow, node, this.editor.definitions.value);
    if (from.side === "output") {
      const input = face.inputs.find((slot) => (!slot.isWidget || slot.isTurned) && areCompatible(from.slot.type, slot.type)) ?? face.inputs.find((slot) => slot.type === from.slot.type);
      return input ? connect(workflow, { node: from.node, slot: /** @type {OutputFace} */ (from.slot) }, { node: id, slot: input }) : workflow;
    }
    const output = face.outputs.find((slot) => areCompatible(slot.type, from.slot.type));
    if (!output) return workflow;
    const definitions = this.editor.definitions.value;
    const begun = withValueOf(workflow, definitions, id, { node: from.node, name: from.slot.name });
    return joinSlots(begun, { node: id, side: "output", slot: output }, from, definitions);
  }
}

/** The loose ends that a found node must take. @param {SearchRequest | null} request @returns {Fit[]} */
function fitsOf(request) {
  const { from, into } = request ?? {};
  if (into) return [{ type: into.type, side: "output" }, { type: into.type, side: "input" }];
  return from ? [{ type: from.slot.type, side: from.side, isWidget: "isWidget" in from.slot && from.slot.isWidget }] : [];
}

/**
 * @param {NodeDefinition} definition
 * @param {number} index
 */
function resultRow(definition, index) {
  const name = classTitle(definition);
  const shown = definition.deprecated ? say("search.deprecated", { name }) : definition.experimental ? say("search.experimental", { name }) : name;
  return element(
    "li",
    { id: `search-result-${index}`, role: "option", title: definition.description || false },
    element("span", { class: "search-name" }, shown),
    element("span", { class: "search-category" }, definition.category ?? ""),
    element("span", { class: "search-said" }, definition.description ?? ""),
  );
}
