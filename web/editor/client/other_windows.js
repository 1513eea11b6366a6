// What this browser's other windows of the page are told, of which the server tells nobody.

const CHANNEL = "skein";
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null;

/** @param {string} kind @param {any} [what] plain values */
export function tellOthers(kind, what) {
  channel?.postMessage({ kind, what });
}

/** @param {string} kind @param {(what: any) => void} take @returns {() => void} stops it */
export function hearOthers(kind, take) {
  const listener = (/** @type {MessageEvent} */ { data }) => data?.kind === kind && take(data.what);
  channel?.addEventListener("message", listener);
  return () => channel?.removeEventListener("message", listener);
}
