// The id under which the server knows this tab: kept over a reload, never shared by two tabs.
import { newId } from "../document/ids.js";

const KEY = "skein.clientId";
const WAIT_MS = 500;

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

/**
 * Hold an id until the page goes; false where another page holds it. The wait lets a reloading page let go first.
 * @param {string} id
 * @returns {Promise<boolean>}
 */
function hold(id) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const options = { signal: AbortSignal.timeout(WAIT_MS) };
    const untilGone = () => {
      resolve(true);
      return new Promise(() => {});
    };
    navigator.locks.request(`skein.client.${id}`, options, untilGone).catch(() => resolve(false));
  });
}
