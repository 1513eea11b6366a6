// What the open workflow asks for and this server does not have, with what the workflow says about it and what is near.
import { missingEmbeddings, missingNoted } from "../client/noted.js";
import { isSearch } from "../kernels/a1111_resources.js";
import { wordsOf } from "../kernels/dynamic_inputs.js";
import { findMissing, replaceClass, replaceFile } from "../kernels/missing.js";
import { say } from "../texts/files.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";
import { fetchPlace } from "./model_fetch.js";
/** @import {Workflow} from "../document/types.js" */
/** @import {Editor} from "../editor.js" */
/** @import {MissingClass, MissingFile} from "../kernels/missing.js" */
/** @import {Stage} from "../view/stage.js" */

/** @param {Editor} editor @param {Stage} stage */
export function openMissing(editor, stage) {
  const content = element("div", { class: "panel missing" });
  const dialog = openDialog(say("missing.title"), content);
  /** @type {MissingActions} */
  const actions = {
    replace: (change) => {
      editor.document.edit(say("missing.replace"), change);
      show();
    },
    find: (nodes) => {
      dialog.close();
      const ids = new Set(nodes.filter((id) => id));
      editor.select(ids);
      stage.fit(ids);
    },
  };
  /** @type {(() => void)[]} */
  let places = [];
  /** @type {MissingFile[]} */
  let noted = [];
  const show = () => {
    places = [];
    const { classes, files: named } = findMissing(editor.document.workflow, editor.definitions.value);
    const files = [...named, ...noted];
    content.replaceChildren(
      ...section(say("missing.classes"), classes.map((missing) => classRow(missing, actions))),
      ...section(say("missing.files"), files.map((missing) => fileRow(missing, editor, actions, places))),
    );
    if (!classes.length && !files.length) content.append(element("p", { class: "empty" }, say("missing.nothing")));
  };
  show();
  const look = async () => {
    const { workflow } = editor.document;
    noted = (await Promise.all([missingNoted(editor.server, workflow), missingEmbeddings(editor.tokenCounts, workflow, editor.definitions.value)])).flat();
    if (dialog.open) show();
  };
  void look();
  const stops = [editor.definitions.subscribe(() => (show(), void look())), editor.fetches.state.subscribe(() => places.forEach((showPlace) => showPlace()))];
  dialog.addEventListener("close", () => stops.forEach((stop) => stop()));
  void editor.fetches.load().catch((error) => editor.notices.show(error.message, "error"));
}

/** @typedef {{replace: (change: (workflow: Workflow) => Workflow) => void, find: (nodes: string[]) => void}} MissingActions */

/** @param {string} heading @param {HTMLElement[]} rows */
function section(heading, rows) {
  return rows.length ? [element("section", {}, element("h3", {}, heading), element("ul", {}, ...rows))] : [];
}

/** @param {MissingClass} missing @param {MissingActions} actions */
function classRow({ type, nodes, pack, near }, actions) {
  const facts = pack ? [fact(say("missing.pack"), pack)] : [element("p", {}, say("missing.no-pack"))];
  const buttons = near.map((name) => nearButton(name, () => actions.replace((workflow) => replaceClass(workflow, type, name))));
  return row(type, nodes, facts, buttons, actions);
}

/**
 * @param {MissingFile} missing
 * @param {Editor} editor
 * @param {MissingActions} actions
 * @param {(() => void)[]} places gets what keeps the fetch of this file as it is
 */
function fileRow(missing, editor, actions, places) {
  const { value, nodes, near, url, hash, folder, type, widget, kind, sha256 } = missing;
  const asking = editor.definitions.value[type]?.display_name ?? type;
  const facts = [fact(say("missing.asked-by"), widget ? `${asking} · ${wordsOf(widget)}` : asking)];
  if (folder || kind) facts.push(fact(say("missing.folder"), folder || `models/${kind}`));
  if (hash) facts.push(fact(say("missing.hash"), hash));
  if (/^https?:\/\//.test(url)) facts.push(fact(say(isSearch(url) ? "missing.search" : "missing.url"), element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, url)));
  if (url && kind && !isSearch(url)) {
    const { place, show } = fetchPlace(editor.fetches, { url, kind, name: value, ...(sha256 ? { sha256 } : {}) });
    places.push(show);
    facts.push(place);
  }
  if (kind && (!url || isSearch(url))) facts.push(element("p", {}, say("missing.put-it", { folder: `models/${kind}`, name: value })));
  const replace = (/** @type {string} */ name) => actions.replace((workflow) => replaceFile(workflow, missing, name, editor.definitions.value));
  if (missing.digits && kind) facts.push(alikePlace(editor, missing, widget ? replace : null));
  return row(value, nodes, facts, near.map((name) => nearButton(name, () => replace(name))), actions);
}

/**
 * Files that are here under another name with the same hash, once the server has told.
 * @param {Editor} editor
 * @param {MissingFile} missing
 * @param {((name: string) => void) | null} replace
 */
function alikePlace(editor, { kind, digits }, replace) {
  const place = element("div", { class: "near", role: "status" });
  const show = async () => {
    const { names, unknown } = await editor.server.modelsByHash(kind, digits);
    const found = names.map((name) => (replace ? nearButton(name, () => replace(name)) : element("strong", {}, name)));
    if (found.length) place.append(element("span", {}, say("missing.alike")), ...found);
    else if (unknown) place.append(element("span", {}, say("missing.unhashed", { count: unknown, kind })));
  };
  // A kind that the server does not have has no files.
  void show().catch(() => {});
  return place;
}

/**
 * @param {string} name
 * @param {string[]} nodes
 * @param {HTMLElement[]} facts
 * @param {HTMLElement[]} near
 * @param {MissingActions} actions
 */
function row(name, nodes, facts, near, actions) {
  const find = element("button", { type: "button", class: "button", onclick: () => actions.find(nodes) }, say("missing.show", { count: nodes.length }));
  const offers = near.length ? element("div", { class: "near" }, element("span", {}, say("missing.near")), ...near) : null;
  return element("li", {}, element("div", { class: "missing-head" }, element("strong", {}, name), find), ...facts, offers);
}

/** @param {string} label @param {string | HTMLElement} value */
function fact(label, value) {
  return element("p", {}, element("span", { class: "fact" }, label), " ", value);
}

/** @param {string} name @param {() => void} run */
function nearButton(name, run) {
  return element("button", { type: "button", class: "button", onclick: run }, name);
}
