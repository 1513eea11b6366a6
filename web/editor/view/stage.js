// The stage: one canvas under a layer of cards, drawn at most once a frame from the editor's state.
import { Observable } from "../document/observable.js";
import { enlargement, nodesWithCards, READABLE_SCALE } from "../kernels/card_budget.js";
import { cardPictures } from "../kernels/card_pictures.js";
import { curvePath, linkCurve } from "../kernels/curves.js";
import { fitBeside } from "../kernels/fitting.js";
import { boundsOf, fitView, toWorld, visibleWorld } from "../kernels/geometry.js";
import { shiftScene, splitScene } from "../kernels/moving.js";
import { buildScene, groupRect, isCrowded } from "../kernels/scene.js";
import { BoxPictures } from "./box_pictures.js";
import { Card } from "./card.js";
import { element } from "./dom.js";
import { Guides } from "./guides.js";
import { paint } from "./painter.js";
import { reveal } from "./revealing.js";
import { onThemeChange, readTheme } from "./theme.js";
/** @import {Editor} from "../editor.js" */
/** @import {Point, Rect, Viewport} from "../kernels/geometry.js" */
/** @import {Scene, SceneNode} from "../kernels/scene.js" */
/** @import {CardActions} from "./card.js" */

// From this many links and boxes in view on, the painted picture is kept rather than painted each frame.
const KEPT_FROM = 300;
const SYNC_EVERY_MS = 180;
const SYNC_SHARE = 8;
const REST_AFTER_MS = 160;
const GRID = 24;
// What boxes show of pictures.
const SMALL = { preview: "webp;75", size: "256" };
// Fingers need larger rows than a mouse.
const TOUCH_SCALE = 1.6;
const TOUCH_MARGIN = 14;
const FIT_MARGIN = { top: 108, right: 28, bottom: 56, left: 28 };
// The names of the opened subgraphs take a row of their own.
const BREADCRUMBS_HEIGHT = 40;

/** @typedef {{from: Point, to: Point, isBackward: boolean, colour: string}} LooseLink a link being dragged */

/** Shows the workflow and answers where things are on the screen. */
export class Stage {
  /** @type {Map<string, Card>} */
  #cards = new Map();
  /** @type {Scene | null} */
  #base = null;
  #frame = 0;
  #resting = 0;
  #syncedAt = 0;
  #syncPause = SYNC_EVERY_MS;
  #wasSynced = false;
  #isDirty = true;
  /** @type {import("./backdrop.js").Backdrop | null} fetched when there is first so much to paint */
  #backdrop = null;
  #isBackdropComing = false;
  #boxPictures = new BoxPictures((key) => this.#pictureCame(key));
  /** @type {{base: Scene, held: import("../kernels/moving.js").Held, staying: Scene, moving: Scene} | null} the scene while something is dragged */
  #split = null;
  #enlarged = 1;
  /** Changes whenever cards come or go. */
  #boxes = {};

  /**
   * @param {HTMLElement} root
   * @param {Editor} editor
   * @param {CardActions} actions
   */
  constructor(root, editor, actions) {
    this.editor = editor;
    this.actions = actions;
    this.root = root;
    this.theme = readTheme();
    this.canvas = element("canvas", { class: "stage-canvas", "aria-hidden": "true" });
    this.layer = element("div", { class: "stage-cards" });
    this.overlay = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.overlay.setAttribute("class", "stage-overlay");
    this.overlay.setAttribute("aria-hidden", "true");
    this.loose = this.overlay.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    this.loop = this.overlay.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    this.loop.setAttribute("class", "stage-loop");
    this.band = element("div", { class: "stage-band", hidden: true });
    this.chosenGroup = element("div", { class: "stage-group", hidden: true });
    root.append(this.canvas, this.layer, this.overlay, this.band);
    this.guides = new Guides(root);
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));

    /** @type {Observable<Viewport>} */
    this.viewport = new Observable({ x: 0, y: 0, scale: 1 });
    /** What is being dragged and not yet in the workflow so. @type {import("../kernels/moving.js").Shift | null} */
    this.shift = null;
    /** @type {number | null} a link whose end is being dragged; it is not painted where it was */
    this.hiddenLink = null;
    /** Where the pointer is on the canvas, or was when a menu opened there. @type {{clientX: number, clientY: number} | null} */
    this.pointer = null;
    /** Where the pointer was last pressed, in world units. @type {Point} */
    this.pressed = { x: 0, y: 0 };
    /** Whether every drag moves the view, whatever it begins on. */
    this.isHand = false;
    /** Called after each drawing. @type {(() => void)[]} */
    this.followers = [];
    this.screen = { w: root.clientWidth, h: root.clientHeight };
    this.#listen();
  }

  /** The scene as it is shown now. @returns {Scene} */
  get scene() {
    if (!this.#base || this.#isDirty) this.#rebuild();
    const scene = /** @type {Scene} */ (this.#base);
    return this.shift ? shiftScene(scene, this.shift) : scene;
  }

  /** Draw before the next frame. */
  schedule() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** The world point under a mouse event. @param {{clientX: number, clientY: number}} event */
  pointOf(event) {
    return toWorld(this.screenPoint(event), this.viewport.value);
  }

  /** @param {{clientX: number, clientY: number}} event @returns {Point} */
  screenPoint(event) {
    const box = this.root.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** Show the given nodes, or all, as large as they fit, beside the panels that are open. @param {ReadonlySet<string>} [ids] */
  fit(ids) {
    const cards = [...this.scene.nodes.values()].filter((placed) => !ids?.size || ids.has(placed.id)).map((placed) => placed.layout.rect);
    const groups = ids?.size ? [] : this.scene.groups.map(groupRect);
    const top = FIT_MARGIN.top + (this.editor.document.scope.value.length ? BREADCRUMBS_HEIGHT : 0);
    this.viewport.value = fitBeside(boundsOf([...cards, ...groups]), cards, this.screen, { ...FIT_MARGIN, top }, this.#covers());
  }

  /** What lies over the canvas for longer: panels and the minimap. @returns {Rect[]} */
  #covers() {
    const stage = this.root.getBoundingClientRect();
    return [...document.querySelectorAll("aside")]
      .map((panel) => panel.getBoundingClientRect())
      .filter(({ width, height }) => width && height)
      .map(({ left, top, width, height }) => ({ x: left - stage.left, y: top - stage.top, w: width, h: height }));
  }

  /** @param {Rect | null} rect in world units; null hides the band */
  showBand(rect) {
    this.band.hidden = !rect;
    if (!rect) return;
    const { x, y, scale } = this.viewport.value;
    Object.assign(this.band.style, {
      transform: `translate(${rect.x * scale + x}px, ${rect.y * scale + y}px)`,
      width: `${rect.w * scale}px`,
      height: `${rect.h * scale}px`,
    });
  }

  /** @param {readonly Point[] | null} loop a closed line, in world units; null hides it */
  showLoop(loop) {
    const { x, y, scale } = this.viewport.value;
    const points = loop?.map((point) => `${point.x * scale + x} ${point.y * scale + y}`);
    this.loop.setAttribute("d", points ? `M${points.join("L")}Z` : "");
  }

  /** @param {{x?: number, y?: number} | null} lines that a dragged card lies on, in world units */
  showGuides(lines) {
    this.guides.show(lines, this.viewport.value);
  }

  /** @param {LooseLink[]} links of one colour, in world units */
  showLooseLinks(links) {
    this.root.classList.toggle("is-linking", links.length > 0);
    const { x, y, scale } = this.viewport.value;
    const paths = links.map(({ from, to, isBackward }) => curvePath(isBackward ? linkCurve(to, from) : linkCurve(from, to)));
    this.loose.setAttribute("d", paths.join(""));
    this.loose.setAttribute("stroke", links[0]?.colour ?? "");
    this.loose.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
  }

  /** Put the keyboard's focus on a card, bringing it into view. @param {string} id */
  focusCard(id) {
    this.#draw(true);
    if (!this.#cards.has(id)) {
      this.#centre(id);
      this.#draw(true);
    }
    const card = this.#cards.get(id)?.element;
    card?.focus({ preventScroll: true });
    if (card) reveal(this, card);
  }

  /** Give a card the focus that another had, without moving the view. @param {Iterable<string>} ids nodes; the last that is a card gets it */
  takeFocus(ids) {
    const before = document.activeElement;
    if (!before?.closest(".card")) return;
    this.#draw(true);
    const id = [...ids].findLast((each) => this.#cards.has(each));
    const card = id === undefined ? undefined : this.#cards.get(id)?.element;
    if (card) card.focus({ preventScroll: true });
    else /** @type {HTMLElement} */ (before).blur();
  }

  /** Let a card's title be typed over. @param {string} id */
  renameCard(id) {
    this.focusCard(id);
    this.#cards.get(id)?.editTitle();
  }

  /** Whether a node is shown as a card, rather than as a box. @param {string} id */
  hasCard(id) {
    return this.#cards.has(id);
  }

  /** Bring a node into the middle, nearer where the view is too far away for cards. @param {string} id */
  #centre(id) {
    const rect = this.scene.nodes.get(id)?.layout.rect;
    const { scale } = this.viewport.value;
    if (!rect || scale < READABLE_SCALE) {
      const margin = isTouched() ? { ...FIT_MARGIN, left: TOUCH_MARGIN, right: TOUCH_MARGIN } : FIT_MARGIN;
      this.viewport.value = fitView(rect ?? null, this.screen, margin, isTouched() ? TOUCH_SCALE : 1);
      return;
    }
    this.viewport.value = { x: this.screen.w / 2 - (rect.x + rect.w / 2) * scale, y: this.screen.h / 2 - (rect.y + rect.h / 2) * scale, scale };
  }

  /** Move the view at once by so many pixels. @param {Point} by */
  moveBy(by) {
    const { x, y, scale } = this.viewport.value;
    this.viewport.value = { x: x + by.x, y: y + by.y, scale };
    this.#draw();
  }

  #listen() {
    const { document: open, settings, definitions, runs, selection, selectedLink, selectedGroup, selectedBend } = this.editor;
    for (const source of [open.current, open.scope, definitions, runs.state, settings.of("skein.linkShape")]) {
      source.subscribe(() => {
        this.#isDirty = true;
        this.schedule();
      });
    }
    open.scope.subscribe(() => this.#forgetCards());
    for (const source of [selection, selectedLink, selectedGroup, selectedBend]) source.subscribe(() => this.schedule());
    this.viewport.subscribe(() => this.#moved());
    onThemeChange((theme) => {
      this.theme = theme;
      this.schedule();
    });
    this.root.addEventListener("pointermove", ({ clientX, clientY }) => (this.pointer = { clientX, clientY }), { passive: true });
    this.root.addEventListener("pointerleave", ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Element && relatedTarget.closest(".is-context"))) this.pointer = null;
    });
    new ResizeObserver(() => this.#resize()).observe(this.root);
    this.#resize();
  }

  #resize() {
    this.screen = { w: this.root.clientWidth, h: this.root.clientHeight };
    this.canvas.width = Math.round(this.screen.w * devicePixelRatio);
    this.canvas.height = Math.round(this.screen.h * devicePixelRatio);
    this.#draw();
  }

  /** While the view moves, the cards are one texture; at rest they are drawn sharp. */
  #moved() {
    this.root.classList.add("is-moving");
    clearTimeout(this.#resting);
    this.#resting = window.setTimeout(() => {
      this.root.classList.remove("is-moving");
      this.#resting = 0;
      this.schedule();
    }, REST_AFTER_MS);
    this.schedule();
  }

  #rebuild() {
    const { document: open, definitions, runs, settings } = this.editor;
    const cards = runs.state.value.nodes;
    const path = open.scopePath;
    const hasPicture = (/** @type {string} */ id) => Boolean(cards[path + id]?.preview || cards[path + id]?.pictures?.length);
    this.#base = buildScene(this.editor.shownGraph, definitions.value, hasPicture, settings.get("skein.linkShape"));
    this.#isDirty = false;
  }

  /** @param {boolean} [isComplete] whether all cards are to be there, though the view moves */
  #draw(isComplete = false) {
    const view = this.viewport.value;
    const { staying, moving } = this.#parts();
    const near = [staying, ...(moving ? [moving] : [])].flatMap((scene) => nodesWithCards(scene, view, this.screen, isTouched()));
    this.#showCards((id) => moving?.nodes.get(id) ?? staying.nodes.get(id), near, isComplete);
    this.#paint(staying, view);
    if (moving) paint(this.context, this.#picture(moving, view), this.theme);
    this.#showGroup(staying);
    const grid = `${view.scale * GRID}px`;
    if (this.root.style.backgroundSize !== `${grid} ${grid}`) this.root.style.backgroundSize = `${grid} ${grid}`;
    this.root.style.backgroundPosition = `${view.x}px ${view.y}px`;
    this.root.classList.toggle("is-far", view.scale < READABLE_SCALE);
    if (!this.#resting) this.#enlarge(enlargement(view.scale));
    this.layer.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    for (const follow of this.followers) follow();
  }

  /** Let the titles of cards that are far be read. @param {number} times */
  #enlarge(times) {
    if (times === this.#enlarged) return;
    this.#enlarged = times;
    this.layer.style.setProperty("--enlarged", String(times));
  }

  /** A line around the group that is chosen; none while something is dragged. @param {Scene} scene */
  #showGroup(scene) {
    const group = scene.groups[this.editor.selectedGroup.value ?? -1];
    this.chosenGroup.hidden = !group || this.shift !== null;
    if (this.chosenGroup.hidden) return this.chosenGroup.remove();
    const { x, y, w, h } = groupRect(group);
    Object.assign(this.chosenGroup.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
    if (!this.chosenGroup.isConnected) this.layer.prepend(this.chosenGroup);
  }

  /** What stays where it is and, while nodes are dragged, those nodes where they are now. */
  #parts() {
    if (!this.#base || this.#isDirty) this.#rebuild();
    const base = /** @type {Scene} */ (this.#base);
    if (!this.shift) {
      this.#split = null;
      return { staying: base, moving: null };
    }
    const { held } = this.shift;
    if (this.#split?.base !== base || this.#split.held !== held) this.#split = { base, held, ...splitScene(base, held) };
    return { staying: this.#split.staying, moving: shiftScene(this.#split.moving, this.shift) };
  }

  /** @param {Scene} scene @param {Viewport} view @returns {import("./painter.js").Picture} */
  #picture(scene, view) {
    const { selection, selectedLink, selectedBend, runs } = this.editor;
    return {
      scene,
      view,
      screen: this.screen,
      selection: selection.value,
      selectedLink: selectedLink.value,
      selectedBend: selectedBend.value,
      hiddenLink: this.hiddenLink,
      runs: runs.state.value.nodes,
      path: this.editor.document.scopePath,
      palesOthers: true,
      isBox: (id) => !this.#cards.has(id),
      imagesOf: (placed, run) => this.#boxPictures.of(this.#picturePrefix() + placed.id, this.#smallPictures(placed, run)),
    };
  }

  /** @param {SceneNode} placed @param {import("../kernels/run_cards.js").NodeRun | undefined} run */
  #smallPictures(placed, run) {
    return cardPictures(placed, run, (file, version) => this.editor.server.viewUrl(file, version, SMALL)).map(({ url }) => url);
  }

  /** Stands before a node's id where equal ids of other workflows are kept too. */
  #picturePrefix() {
    return `${this.editor.runs.state.value.shown} ${this.editor.document.scopePath}`;
  }

  /** @param {string} key */
  #pictureCame(key) {
    const prefix = this.#picturePrefix();
    if (!key.startsWith(prefix)) return;
    this.#backdrop?.spoil(key.slice(prefix.length));
    this.schedule();
  }

  /** @param {Scene} scene @param {Viewport} view */
  #paint(scene, view) {
    const picture = this.#picture(scene, view);
    if (isCrowded(scene, visibleWorld(view, this.screen), KEPT_FROM)) {
      // Of thousands of links those of the selection are painted anew, and no others.
      if (this.#backdrop) return this.#backdrop.show(this.context, { ...picture, palesOthers: false }, this.theme, this.#boxes, this.#resting > 0);
      void this.#fetchBackdrop();
    }
    this.#backdrop?.forget();
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    paint(this.context, picture, this.theme);
  }

  async #fetchBackdrop() {
    if (this.#isBackdropComing) return;
    this.#isBackdropComing = true;
    const coming = import("./backdrop.js").finally(() => (this.#isBackdropComing = false));
    this.#backdrop = new (await coming).Backdrop();
    this.schedule();
  }

  /**
   * Bring the cards in step. While the view moves, cards come and go only now and then, the more seldom the more
   * the last time has cost: the browser paints for longer than a frame after each. A node without a card is a box.
   * @param {(id: string) => SceneNode | undefined} placedOf
   * @param {SceneNode[]} near
   * @param {boolean} isComplete
   */
  #showCards(placedOf, near, isComplete) {
    const now = performance.now();
    if (this.#wasSynced) this.#syncPause = Math.max(SYNC_EVERY_MS, SYNC_SHARE * (now - this.#syncedAt));
    this.#wasSynced = this.#resting > 0 && now - this.#syncedAt > this.#syncPause;
    if (this.#wasSynced || isComplete || !this.#resting || !near.length) {
      this.#dropCards(placedOf, new Set(near.map((placed) => placed.id)));
      for (const { id } of near) if (!this.#cards.has(id)) this.#addCard(id);
      this.#syncedAt = now;
    }
    const { selection, runs, document: open } = this.editor;
    const path = open.scopePath;
    const promoted = this.editor.openedHost?.properties?.proxyWidgets;
    for (const [id, card] of this.#cards) {
      const placed = placedOf(id);
      if (placed) card.update({ placed, run: runs.state.value.nodes[path + id], isSelected: selection.value.has(id), promoted });
      else this.#removeCard(id, card);
    }
  }

  /** @param {(id: string) => SceneNode | undefined} placedOf @param {ReadonlySet<string>} wanted */
  #dropCards(placedOf, wanted) {
    for (const [id, card] of this.#cards) {
      const keepsFocus = card.element.contains(document.activeElement) && Boolean(placedOf(id));
      if (!wanted.has(id) && !keepsFocus) this.#removeCard(id, card);
    }
  }

  /** Another graph is shown: equal ids are other nodes there. */
  #forgetCards() {
    for (const [id, card] of this.#cards) this.#removeCard(id, card);
  }

  /** @param {string} id */
  #addCard(id) {
    const card = new Card(id, this.actions);
    this.#cards.set(id, card);
    this.#boxes = {};
    this.layer.append(card.element);
  }

  /** @param {string} id @param {Card} card */
  #removeCard(id, card) {
    card.element.remove();
    this.#cards.delete(id);
    this.#boxes = {};
  }
}

function isTouched() {
  return Boolean(globalThis.matchMedia?.("(pointer: coarse)").matches);
}
