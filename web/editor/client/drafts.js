// Drafts: every open tab kept in the browser, so that a reload, a crash or a second window loses nothing.
import { findDamage } from "../document/damage.js";
import { parseJson, writeJson } from "../document/json.js";
import { Tab, withOwnId } from "../document/tab.js";
import { isWorkflow } from "../document/workflow.js";
import { WorkflowTexts } from "../kernels/workflow_texts.js";
import { DraftStore } from "./draft_store.js";
import { livingWindows } from "./client_id.js";
/** @import {Tabs} from "../document/tabs.js" */
/** @import {NodeDefinitions} from "../document/types.js" */
/** @import {Results} from "../kernels/run_cards.js" */
/** @import {DraftRecord} from "./draft_store.js" */

const DELAY_MS = 300;
// A large workflow is written in slices, between which the page answers; no slice waits longer than this.
const SLICE_MS = 6;
const PATIENCE_MS = 100;
const ADOPT_LOCK = "skein.adopt";

/** Keeps the drafts of one window. */
export class Drafts {
  /** @type {DraftStore | null} */
  #store = null;
  /** @type {Set<Tab>} */
  #dirty = new Set();
  /** @type {string[]} */
  #gone = [];
  #timer = 0;
  #texts = new WorkflowTexts();
  #wasTold = false;

  /**
   * @param {string} window this window's id, which no other has
   * @param {{resultsOf: (tab: Tab) => Results, definitions: () => NodeDefinitions, onFull: () => void}} page
   *   what runs have left on a tab's cards; the node classes; told once when the browser has no room
   */
  constructor(window, page) {
    this.window = window;
    this.page = page;
  }

  /**
   * The tabs of this window as they were, or those of windows that are no more.
   * @returns {Promise<{tabs: Tab[], shown: Tab, results: Map<string, Results>} | null>}
   */
  async read() {
    try {
      this.#store = await DraftStore.open();
      const records = await (navigator.locks ? navigator.locks.request(ADOPT_LOCK, () => this.#claim()) : this.#claim());
      return readTabs(records);
    } catch {
      return null;
    }
  }

  /** Keep the drafts in step with the tabs from now on. @param {Tabs} tabs */
  keep(tabs) {
    const touch = (/** @type {Tab[]} */ ...changed) => {
      for (const tab of changed) this.#dirty.add(tab);
      this.#timer ||= globalThis.setTimeout(() => this.#write(tabs), DELAY_MS);
    };
    let before = tabs.list.value;
    tabs.list.subscribe((list) => {
      this.#gone.push(...before.filter((tab) => !list.includes(tab)).map((tab) => tab.id));
      before = list;
      touch(...list);
    });
    tabs.active.subscribe(() => touch(...tabs.list.value));
    const touchShown = () => touch(tabs.active.value);
    tabs.document.current.subscribe(touchShown);
    tabs.document.modified.subscribe(touchShown);
    tabs.document.name.subscribe(touchShown);
    globalThis.addEventListener("pagehide", () => this.#leave(tabs));
    touch(...tabs.list.value);
  }

  /** @param {Tabs} tabs */
  async #write(tabs) {
    for (const tab of this.#dirty) {
      while (!this.#prepare(tab)) await idle();
    }
    await this.#writeAll(tabs);
  }

  /** Write a slice of a tab ahead; answers whether there is no more. @param {Tab} tab */
  #prepare(tab) {
    const end = performance.now() + SLICE_MS;
    return this.#texts.prepare(tab.workflow, this.page.definitions(), () => performance.now() < end);
  }

  /** @param {Tabs} tabs */
  async #writeAll(tabs) {
    const changed = tabs.list.value.filter((tab) => this.#dirty.has(tab));
    const records = changed.map((tab) => this.#record(tabs, tab));
    const gone = this.#gone.filter((id) => !tabs.list.value.some((tab) => tab.id === id));
    this.#forget();
    try {
      await this.#store?.write(records, gone);
    } catch {
      if (!this.#wasTold) this.page.onFull();
      this.#wasTold = true;
    }
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#dirty.clear();
    this.#gone = [];
  }

  /** The page goes: what is not written yet is kept at once. @param {Tabs} tabs */
  #leave(tabs) {
    const waiting = new Set([...this.#dirty, tabs.active.value]);
    for (const tab of tabs.list.value) {
      if (!waiting.has(tab)) continue;
      try {
        this.#store?.writeNow(this.#record(tabs, tab));
      } catch {
        break;
      }
    }
    void this.#writeAll(tabs);
  }

  /** @param {Tabs} tabs @param {Tab} tab @returns {DraftRecord} */
  #record(tabs, tab) {
    const { id, name, file, view, isModified, isFresh } = tab;
    const workflow = this.#texts.of(tab.workflow, this.page.definitions());
    const about = writeJson({ name, file, view, isModified, isFresh, results: this.page.resultsOf(tab) });
    const text = `{"workflow":${workflow},${about.slice(1)}`;
    const place = tabs.list.value.indexOf(tab);
    return { id, window: this.window, place, isShown: tab === tabs.active.value, time: Date.now(), text };
  }

  /** Take the drafts that no living window holds. */
  async #claim() {
    const store = /** @type {DraftStore} */ (this.#store);
    const records = await store.all();
    const mine = records.filter((record) => record.window === this.window);
    if (mine.length) return mine;
    const living = await livingWindows();
    const orphans = records.filter((record) => !living.has(record.window)).map((record) => ({ ...record, window: this.window }));
    if (orphans.length) await store.write(orphans);
    return orphans;
  }
}

/** Until the page has nothing better to do, which not all browsers tell. */
function idle() {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(resolve, { timeout: PATIENCE_MS });
    else setTimeout(resolve, 0);
  });
}

/** @param {DraftRecord[]} records */
function readTabs(records) {
  /** @type {Map<string, Results>} */
  const results = new Map();
  /** @type {Tab[]} */
  const tabs = [];
  const shown = [...records].sort((a, b) => b.time - a.time).find((record) => record.isShown);
  for (const record of [...records].sort((a, b) => a.place - b.place)) {
    const draft = readDraft(record.text);
    if (!draft) continue;
    // Two windows that are no more may have had the same workflow open.
    tabs.push(new Tab(withOwnId(draft.workflow, tabs), String(draft.name), { ...draft, id: record.id }));
    results.set(record.id, draft.results ?? {});
  }
  if (!tabs.length) return null;
  return { tabs, shown: tabs.find((tab) => tab.id === shown?.id) ?? tabs[0], results };
}

/** @param {string} text */
function readDraft(text) {
  try {
    const draft = parseJson(text);
    return draft && isWorkflow(draft.workflow) && !findDamage(draft.workflow) ? draft : null;
  } catch {
    return null;
  }
}
