// The id under which the server knows this tab: kept over a reload, never shared by two tabs.
import { newId } from "../document/ids.js";

const KEY = "skein.clientId";
const TRIES = 10;
const PAUSE_MS = 50;
const LOCK = "skein.client.";
const ALIVE = "skein.alive.";
const BEAT_MS = 4000;

/**
 * The id of this tab. A duplicated tab inherits the id of its original, which still holds it, and takes a fresh one.
 * @returns {Promise<string>}
 */
export async function claimClientId() {
  const known = sessionStorage.getItem(KEY);
  if (known && (await hold(known))) return known;
  const fresh = newId();
  sessionStorage.setItem(KEY, fresh);
  await hold(fresh);
  return fresh;
}

/** The ids of all windows that are open. @returns {Promise<Set<string>>} */
export async function livingWindows() {
  if (!navigator.locks) return beatingWindows();
  const { held = [] } = await navigator.locks.query();
  return new Set(held.map((lock) => lock.name ?? "").filter((name) => name.startsWith(LOCK)).map((name) => name.slice(LOCK.length)));
}

/** The windows that said so a short while ago, for pages over plain HTTP, which have no locks. */
function beatingWindows() {
  const living = new Set();
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(ALIVE))) {
    if (Date.now() - Number(localStorage.getItem(key)) < 3 * BEAT_MS) living.add(key.slice(ALIVE.length));
    else localStorage.removeItem(key);
  }
  return living;
}

/** @param {string} id */
function beat(id) {
  const say = () => localStorage.setItem(ALIVE + id, String(Date.now()));
  say();
  setInterval(say, BEAT_MS);
  addEventListener("pagehide", () => localStorage.removeItem(ALIVE + id));
  return true;
}

/**
 * Hold an id until the page goes; false where another page holds it. A reloading page is given time to let go first.
 * @param {string} id
 * @returns {Promise<boolean>}
 */
async function hold(id) {
  if (!navigator.locks) return beat(id);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (await holdNow(id)) return true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}

/** Hold an id if nobody does at this moment. @param {string} id @returns {Promise<boolean>} */
function holdNow(id) {
  return new Promise((resolve, reject) => {
    const untilGone = (/** @type {Lock | null} */ lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {});
    };
    navigator.locks.request(LOCK + id, { ifAvailable: true }, untilGone).catch(reject);
  });
}
