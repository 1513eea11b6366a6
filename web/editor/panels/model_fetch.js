// One file's fetch in the panel of what is missing: the button that begins it, how far it is, and why it failed.
import { say } from "../texts/files.js";
import { element } from "../view/dom.js";
/** @import {Fetch, ModelFetches, Wanted} from "../client/model_fetches.js" */

const GOING = ["waiting", "running", "checking"];
const MEGA = 1e6;
const GIGA = 1e9;

/**
 * A place for one file and what keeps it as things are; `show` is called whenever a fetch has changed.
 * @param {ModelFetches} fetches
 * @param {Wanted} wanted
 */
export function fetchPlace(fetches, wanted) {
  const place = element("div", { class: "fetch" });
  let shown = "";
  const show = () => {
    const { isAllowed } = fetches.state.value;
    const fetch = fetches.of(wanted.kind, wanted.name);
    const looks = JSON.stringify([isAllowed, fetch?.id, fetch?.state, fetch?.message, fetch?.total]);
    if (looks !== shown) place.replaceChildren(...parts(fetches, wanted, isAllowed, fetch));
    shown = looks;
    if (fetch && GOING.includes(fetch.state)) showProgress(place, fetch);
  };
  show();
  return { place, show };
}

/**
 * @param {ModelFetches} fetches
 * @param {Wanted} wanted
 * @param {boolean} isAllowed
 * @param {Fetch | undefined} fetch
 */
function parts(fetches, wanted, isAllowed, fetch) {
  const byHand = element("p", {}, say("missing.by-hand", { folder: `models/${wanted.kind}`, name: wanted.name }));
  if (!isAllowed) return [element("p", {}, say("missing.fetches-nothing")), byHand];
  const start = (/** @type {string} */ label) => button(label, () => fetches.start(wanted), "is-primary");
  if (!fetch || fetch.state === "cancelled") return [start(say("missing.fetch"))];
  if (fetch.state === "done") return [element("p", { role: "status" }, say("missing.fetched"))];
  if (fetch.state === "failed") {
    const discard = fetch.bytes ? button(say("missing.discard"), () => fetches.cancel(fetch)) : null;
    const buttons = element("div", { class: "fetch-buttons" }, start(say("missing.fetch-again")), discard);
    return [element("p", { role: "alert", class: "fetch-problem" }, fetch.message), byHand, buttons];
  }
  const bar = element("progress", { "aria-label": wanted.name, max: 1 });
  const line = element("div", { class: "fetch-line" }, bar, element("span", { class: "fetch-size" }), button(say("page.cancel"), () => fetches.cancel(fetch)));
  return fetch.message ? [line, element("p", {}, fetch.message)] : [line];
}

/** @param {HTMLElement} place @param {Fetch} fetch */
function showProgress(place, { state, bytes, total }) {
  const bar = /** @type {HTMLProgressElement} */ (place.querySelector("progress"));
  const isMeasured = total !== null && state !== "waiting";
  if (isMeasured) bar.value = bytes / Math.max(1, total);
  else bar.removeAttribute("value");
  const size = total === null ? amount(bytes) : say("missing.so-far", { bytes: amount(bytes), total: amount(total) });
  const text = state === "waiting" ? say("missing.waits") : state === "checking" ? say("missing.checking", { size }) : size;
  /** @type {HTMLElement} */ (place.querySelector(".fetch-size")).textContent = text;
}

/** @param {string} label @param {() => void} run @param {string} [looks] */
function button(label, run, looks = "") {
  return element("button", { type: "button", class: `button ${looks}`, onclick: run }, label);
}

/** Bytes as people say them. @param {number} bytes */
function amount(bytes) {
  const [size, unit] = bytes >= GIGA ? [bytes / GIGA, "GB"] : [bytes / MEGA, "MB"];
  return `${size.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${unit}`;
}
