// One node's card: built from its layout, then kept in step with its values and its run.
import { slotKey } from "../kernels/connecting.js";
import { clamp } from "../kernels/geometry.js";
import { widgetValue } from "../kernels/widget_values.js";
import { wrongValue, wrongWidgets } from "../kernels/wrong_values.js";
import { say } from "../texts/texts.js";
import { element, setAttribute } from "./dom.js";
import { editInPlace } from "./in_place.js";
import { showPictures } from "./pictures.js";
import { widgetLabel } from "./widget_row.js";
import { makeControl } from "./widgets.js";
/** @import {InputFace, OutputFace} from "../kernels/faces.js" */
/** @import {NodeRun} from "../kernels/run_cards.js" */
/** @import {SceneNode} from "../kernels/scene.js" */
/** @import {Widget} from "../kernels/schema.js" */
/** @import {Control, WidgetContext} from "./widgets.js" */

// How far above all others a card with an error lies; from there down the canvas less.
const ABOVE = 1_000_000;

/**
 * What cards ask of the editor.
 * @typedef {object} CardActions
 * @property {(nodeId: string, widget: Widget, value: any, gesture?: string) => void} changeWidget `gesture`: its key, whose changes are one step
 * @property {(nodeId: string, widget: Widget, gesture: string) => boolean} takeBackWidget whether that gesture was the last to change anything
 * @property {(nodeId: string, widget: Widget) => void} randomise
 * @property {(nodeId: string, widget: Widget) => void} useLast
 * @property {(nodeId: string) => Promise<string[]>} axisNames
 * @property {(widget: Widget) => boolean} hasPictures
 * @property {(widget: Widget) => Promise<(choice: any) => string | null>} choicePictures
 * @property {(kind: import("../kernels/completing.js").CompletedKind) => Promise<string[]>} promptNames
 * @property {(nodeId: string, widget: Widget) => boolean} isPromptText
 * @property {(text: string) => Promise<import("../kernels/prompt_texts.js").TokenCount | null>} countTokens
 * @property {(nodeId: string, widget: Widget, file: File) => void} upload
 * @property {(nodeId: string) => void} dismissError
 * @property {(nodeId: string, title: string) => void} rename
 * @property {(nodeId: string) => void} openSubgraph
 * @property {(nodeId: string, widget: string) => void} promote show a widget on the node of the opened subgraph, or no longer
 * @property {(nodeId: string, widget: string) => boolean | null} isPromoted null where no subgraph is open
 * @property {(boxId: string, index: number) => void} removeSlot
 * @property {(boxId: string, index: number, label: string) => void} labelSlot
 * @property {(pictures: import("../kernels/card_pictures.js").CardPicture[], index: number) => void} openPictures
 * @property {(nodeId: string, file: import("../document/types.js").FileReference) => void} paintMask
 * @property {(nodeId: string) => void} paint
 * @property {(nodeId: string, area: HTMLElement) => void} showGround have an area show what lies under a painting
 * @property {(file: import("../document/types.js").FileReference, version?: string) => string} viewUrl
 * @property {(type: string) => string} typeColour
 */

/** @typedef {{placed: SceneNode, run: NodeRun | undefined, isSelected: boolean, promoted: unknown}} CardState `promoted`: what the opened subgraph's node lists of the widgets inside */

const STATE_WORDS = /** @type {const} */ ({ waiting: "card.waiting", running: "card.running", finished: "card.finished", cached: "card.cached", failed: "card.failed", cancelled: "card.cancelled" });
const LONGEST_VALUE = 24;
const MODE_WORDS = /** @type {Record<number, import("../texts/texts.js").TextKey>} */ ({ 2: "card.muted", 4: "card.bypassed" });

/** A card on the page. `update` is cheap where nothing changed. */
export class Card {
  /** @type {CardState | null} */
  #shown = null;
  /** @type {Map<string, Control>} */
  #controls = new Map();
  #structure = "";

  /**
   * @param {string} id
   * @param {CardActions} actions
   */
  constructor(id, actions) {
    this.id = id;
    this.actions = actions;
    this.titleText = element("span", { class: "card-name" });
    this.badge = element("span", { class: "card-badge", "data-kept": say("card.kept") });
    this.wrong = element("span", { class: "card-wrong", role: "img", hidden: true }, "!");
    this.title = element("header", { class: "card-title" }, this.titleText, this.wrong, this.badge);
    this.progress = element("div", { class: "card-progress", role: "progressbar", "aria-label": say("card.progress"), hidden: true }, element("i"));
    this.inputs = element("div", { class: "slots is-inputs" });
    this.outputs = element("div", { class: "slots is-outputs" });
    this.widgets = element("div", { class: "card-widgets" });
    this.rows = element("div", { class: "card-rows" }, element("div", { class: "card-slots" }, this.inputs, this.outputs), this.widgets);
    this.picture = element("div", { class: "card-picture", hidden: true });
    this.error = element("div", { class: "card-error", role: "alert", hidden: true });
    this.element = element(
      "div",
      { class: "card", "data-node": id, tabindex: "0", role: "group" },
      this.title,
      this.progress,
      this.rows,
      this.picture,
      this.error,
      element("div", { class: "card-resize", "aria-hidden": "true" }),
    );
    // Beside the words of its title, a subgraph's card is opened by a double click.
    this.title.addEventListener("dblclick", (event) => {
      const isOnWords = event.target === this.titleText;
      if (isOnWords || (event.target === this.title && this.element.dataset.kind !== "subgraph")) this.editTitle();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.target === this.element) return;
      event.stopPropagation();
      this.element.focus();
    });
  }

  /** @param {CardState} state */
  update(state) {
    const before = this.#shown;
    this.#shown = state;
    if (before && before.promoted !== state.promoted) this.#showNode(state.placed);
    else if (before?.placed !== state.placed) this.#showNode(state.placed, before?.placed);
    if (before?.run !== state.run || before?.placed !== state.placed) this.#showRun(state);
    if ("paints" in this.element.dataset) this.actions.showGround(this.id, this.picture);
    if (before?.isSelected !== state.isSelected) this.element.classList.toggle("is-selected", state.isSelected);
  }

  /** @param {SceneNode} placed @param {SceneNode} [before] */
  #showNode(placed, before) {
    const { node, face, layout } = placed;
    const { rect } = layout;
    if (before?.layout.rect.x !== rect.x) this.element.style.left = `${rect.x}px`;
    if (before?.layout.rect.y !== rect.y) this.element.style.top = `${rect.y}px`;
    if (before?.layout.rect.w !== rect.w) this.element.style.width = `${rect.w}px`;
    if (before?.layout.rect.h !== rect.h) this.element.style.height = `${rect.h}px`;
    const isOnlyMoved = before?.node === node && before.face === face && before.layout.inputs === layout.inputs;
    if (isOnlyMoved) return;
    this.titleText.textContent = face.title;
    this.title.title = face.description;
    this.badge.textContent = modeWord(node.mode);
    this.#showOpener(face);
    this.element.dataset.kind = face.kind;
    setAttribute(this.element, "data-paints", face.widgets.some((widget) => widget.kind === "paint"));
    this.element.classList.toggle("is-collapsed", layout.isCollapsed);
    this.element.classList.toggle("is-muted", node.mode === 2);
    this.element.classList.toggle("is-bypassed", node.mode === 4);
    this.element.classList.toggle("is-tinted", Boolean(node.color || node.bgcolor));
    this.element.style.setProperty("--tint-title", node.color ?? node.bgcolor ?? "");
    this.element.style.setProperty("--tint", node.bgcolor ?? node.color ?? "");
    this.#build(placed);
    this.#place(placed);
    this.showValues();
  }

  /** A subgraph's card has a button that opens it. @param {import("../kernels/faces.js").Face} face */
  #showOpener(face) {
    this.title.querySelector(".card-open")?.remove();
    if (face.kind !== "subgraph") return;
    const label = say("subgraph.open", { name: face.title });
    this.title.append(element("button", { type: "button", class: "card-open", "aria-label": label, title: label, onclick: () => this.actions.openSubgraph(this.id) }, "⤢"));
  }

  /** Let the title be typed over; Enter takes it, Escape does not, nothing typed brings the class's name back. */
  editTitle() {
    editInPlace(this.titleText, "Title", { onTaken: (title) => this.actions.rename(this.id, title), onEnd: () => this.element.focus() });
  }

  /**
   * Make the rows anew where the node's slots or widgets are others than before.
   * @param {SceneNode} placed
   */
  #build({ face, layout }) {
    const structure = JSON.stringify([
      face.kind,
      layout.isCollapsed,
      layout.inputs.map(({ face: input }) => [input.name, input.label, input.type, input.carried, input.isOptional, input.isTurned]),
      layout.outputs.map(({ face: output }) => [output.label, output.type]),
      layout.widgets.map(({ widget }) => [widget.name, widget.options.label, widget.kind, widget.slot, widget.choices.length, widget.choices.at(-1), String(widget.options.min), String(widget.options.max), Boolean(widget.options.field ?? widget.options.element), this.actions.isPromoted(this.id, widget.name), this.actions.isPromptText(this.id, widget)]),
    ]);
    if (structure === this.#structure) return;
    this.#structure = structure;
    this.#controls.clear();
    const focused = /** @type {HTMLElement | null | undefined} */ (this.widgets.contains(document.activeElement) ? document.activeElement?.closest(".widget-row") : null)?.dataset.widget;
    this.inputs.replaceChildren(...layout.inputs.map(({ face: input }) => this.#slotRow("input", input)));
    this.outputs.replaceChildren(...layout.outputs.map(({ face: output }) => this.#slotRow("output", output)));
    this.widgets.replaceChildren(...layout.widgets.map(({ widget, input }) => this.#widgetRow(widget, input)));
    if (focused) /** @type {HTMLElement | null} */ (this.widgets.querySelector(`[data-widget="${CSS.escape(focused)}"] :is(input, select, textarea)`))?.focus();
    if (face.kind === "unknown") this.widgets.append(element("p", { class: "card-unknown", title: face.description }, face.description));
  }

  /** Give the rows the heights that the layout says; all else follows from them. @param {SceneNode} placed */
  #place({ layout }) {
    layout.widgets.forEach(({ h }, index) => {
      /** @type {HTMLElement} */ (this.widgets.children[index]).style.height = `${h}px`;
    });
    this.picture.hidden = !layout.picture;
    if (layout.picture) this.picture.style.height = `${layout.picture.h}px`;
  }

  /**
   * @param {"input" | "output"} side
   * @param {InputFace | OutputFace} slot
   */
  #slotRow(side, slot) {
    const isOptional = "isOptional" in slot && slot.isOptional;
    const name = element("span", { class: "slot-name" }, slot.label);
    const isBoxSlot = this.#shown?.placed.face.kind === "box" && slot.name !== "+";
    const row = element("div", { class: `slot is-${side}${isOptional ? " is-optional" : ""}`, title: slot.tooltip || false }, this.#socket(side, slot), name);
    row.dataset.slot = slotKey(this.id, side, slot.name);
    if (isBoxSlot) this.#addBoxSlot(row, name, slot);
    if ("isTurned" in slot && slot.isTurned) {
      row.classList.add("is-turned");
      row.append(element("span", { class: "slot-value" }));
    }
    return row;
  }

  /** A slot of a subgraph's box can be named by a double click, and removed. @param {HTMLElement} row @param {HTMLElement} name @param {InputFace | OutputFace} slot */
  #addBoxSlot(row, name, slot) {
    const label = say("subgraph.remove-slot", { name: slot.label });
    row.append(element("button", { type: "button", class: "slot-remove", "aria-label": label, title: label, onclick: () => this.actions.removeSlot(this.id, slot.index) }, "×"));
    name.addEventListener("dblclick", () =>
      editInPlace(name, say("subgraph.label-slot", { name: slot.name }), {
        onTaken: (typed) => this.actions.labelSlot(this.id, slot.index, typed),
        onEnd: () => this.element.focus(),
      }),
    );
  }

  /**
   * @param {"input" | "output"} side
   * @param {InputFace | OutputFace} slot
   */
  #socket(side, slot) {
    const shown = ("carried" in slot && slot.carried) || slot.type;
    const socket = element("button", {
      type: "button",
      class: "socket",
      tabindex: "-1",
      "aria-label": say(side === "input" ? "card.input" : "card.output", { name: slot.label || shown, type: shown }),
      title: shown,
      "data-side": side,
      "data-name": slot.name,
      "data-index": slot.index,
    });
    socket.dataset.slot = slotKey(this.id, side, slot.name);
    socket.style.setProperty("--slot", this.actions.typeColour(shown));
    return socket;
  }

  /**
   * @param {Widget} widget
   * @param {InputFace | null} input
   */
  #widgetRow(widget, input) {
    /** @type {WidgetContext} */
    const context = {
      nodeId: this.id,
      change: (value, gesture) => this.actions.changeWidget(this.id, widget, value, gesture),
      takeBack: (gesture) => this.actions.takeBackWidget(this.id, widget, gesture),
      randomise: () => this.actions.randomise(this.id, widget),
      useLast: () => this.actions.useLast(this.id, widget),
      hasPictures: this.actions.hasPictures(widget),
      pictures: () => this.actions.choicePictures(widget),
      namesOf: this.actions.promptNames,
      countsTokens: this.actions.isPromptText(this.id, widget),
      countTokens: this.actions.countTokens,
      upload: (file) => this.actions.upload(this.id, widget, file),
      axes: () => this.actions.axisNames(this.id),
      paint: () => this.actions.paint(this.id),
    };
    const control = makeControl(widget, context);
    this.#controls.set(widget.name + widget.slot, control);
    const row = element("div", { class: "widget-row", "data-widget": widget.name }, control.element);
    this.#addPromoter(row, widget);
    if (input) {
      const socket = this.#socket("input", input);
      row.prepend(socket);
      row.dataset.slot = socket.dataset.slot;
    }
    return row;
  }

  /** In an opened subgraph every widget can be shown on the subgraph's node. @param {HTMLElement} row @param {Widget} widget */
  #addPromoter(row, widget) {
    const isPromoted = this.actions.isPromoted(this.id, widget.name);
    if (isPromoted === null || !widget.sends) return;
    const label = say(isPromoted ? "subgraph.demote" : "subgraph.promote", { name: widget.options.label ?? widget.name });
    row.append(
      element("button", { type: "button", class: `widget-promote${isPromoted ? " is-on" : ""}`, "aria-pressed": String(isPromoted), "aria-label": label, title: label, onclick: () => this.actions.promote(this.id, widget.name) }, "⇱"),
    );
  }

  /** Put the workflow's values, links and problems into the controls. */
  showValues() {
    if (!this.#shown) return;
    const { placed, run } = this.#shown;
    this.#showWrong(placed);
    for (const { widget, input } of placed.layout.widgets) {
      const isFed = input?.link != null;
      const control = this.#controls.get(widget.name + widget.slot);
      const value = widgetValue(placed.node, widget);
      const problem = isFed ? "" : wrongValue(value, widget);
      control?.show(value, isFed, problem || (run?.error?.inputs[widget.name] ?? ""));
      control?.element.parentElement?.classList.toggle("is-fed", isFed);
    }
    for (const socket of this.rows.querySelectorAll(".slot > .socket")) {
      const { side, name } = /** @type {HTMLElement} */ (socket).dataset;
      const linked =
        side === "input"
          ? placed.face.inputs.some((input) => input.name === name && input.link !== null)
          : placed.face.outputs.some((output) => output.name === name && output.isLinked);
      socket.classList.toggle("is-linked", linked);
      const problem = side === "input" ? run?.error?.inputs[name ?? ""] : "";
      socket.parentElement?.classList.toggle("is-wrong", Boolean(problem));
    }
    this.#showTurned(placed);
  }

  /** A value that was turned to an input stands beside its name as long as nothing is linked, for it is what is sent. @param {SceneNode} placed */
  #showTurned({ node, face, layout }) {
    const turned = layout.inputs.filter(({ face: input }) => input.isTurned);
    this.inputs.querySelectorAll(".slot-value").forEach((shown, index) => {
      const { name, label, link } = turned[index].face;
      const widget = face.widgets.find((item) => item.name === name);
      const value = widget && link === null ? String(widgetValue(node, widget)) : "";
      shown.textContent = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
      setAttribute(/** @type {Element} */ (shown.parentElement), "title", value && say("widget.unlinked", { name: label, value }));
    });
  }

  /** A card with a value that cannot be used says so in its title, collapsed or not. @param {SceneNode} placed */
  #showWrong({ node, face }) {
    const reasons = node.mode === 2 || node.mode === 4 ? [] : wrongWidgets(node, face);
    this.element.classList.toggle("has-wrong", reasons.length > 0);
    this.wrong.hidden = !reasons.length;
    this.wrong.title = reasons.map(({ widget, problem }) => `${widgetLabel(widget)}: ${problem}`).join("\n");
    setAttribute(this.wrong, "aria-label", this.wrong.title);
  }

  /** @param {CardState} state */
  #showRun({ placed, run }) {
    const words = run?.state ? say(STATE_WORDS[run.state]) : "";
    setAttribute(this.element, "data-state", run?.state);
    const mode = modeWord(placed.node.mode);
    this.element.setAttribute("aria-label", [placed.face.title, mode, words].filter(Boolean).join(", "));
    const isRunning = run?.state === "running";
    this.progress.hidden = !isRunning;
    if (isRunning) {
      const share = run.max ? (run.value ?? 0) / run.max : 0;
      /** @type {HTMLElement} */ (this.progress.firstElementChild).style.transform = `scaleX(${share})`;
      this.progress.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    }
    if (placed.layout.picture) showPictures(this.picture, placed, run, this.actions);
    this.#showError(run, placed.layout.rect.y);
    this.showValues();
  }

  /** @param {NodeRun | undefined} run @param {number} y of the card, in world units */
  #showError(run, y) {
    this.error.hidden = !run?.error;
    if (!run?.error) return;
    this.element.style.setProperty("--above", String(clamp(ABOVE - Math.round(y), 4, 2 * ABOVE - 1)));
    const { message, details } = run.error;
    const parts = [
      element("button", { type: "button", class: "close", "aria-label": say("page.dismiss"), onclick: () => this.actions.dismissError(this.id) }, "×"),
      ...message.split("\n").map((line) => element("p", {}, line)),
      details ? element("details", {}, element("summary", {}, say("card.technical")), element("pre", {}, details)) : null,
    ];
    this.error.replaceChildren(...parts.filter((part) => part !== null));
  }
}

/** @param {number} [mode] */
function modeWord(mode = 0) {
  const key = MODE_WORDS[mode];
  return key ? say(key) : "";
}
