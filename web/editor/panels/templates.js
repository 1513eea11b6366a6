// The gallery of workflows to begin with, each with a picture of what it makes.
import { openText } from "../document/opening.js";
import { newId } from "../document/ids.js";
import { openWith } from "../commands/open_with.js";
import { currentLanguage, say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";
/** @import {Editor} from "../editor.js" */

/** `download`: whether it needs models that do not ship.
 * @typedef {{name: string, title: Record<string, string>, description: Record<string, string>, download?: boolean}} Template */

/** @param {Editor} editor */
export async function openTemplates(editor) {
  const templates = await listed(editor);
  if (!templates) return;
  const [ready, toFetch] = [false, true].map((wanted) => templates.filter(({ download = false }) => download === wanted));
  const open = (/** @type {Template} */ template) => {
    dialog.close();
    return openWith(editor, inWords(template.title), () => readTemplate(editor, template.name));
  };
  const gallery = (/** @type {Template[]} */ some) =>
    element("ul", { class: "gallery" }, ...some.map((template) => card(template, () => open(template))));
  const heading = element("h3", { class: "gallery-heading" }, say("templates.download"));
  const content = element("div", {}, gallery(ready), heading, gallery(toFetch));
  const dialog = openDialog(say("command.templates").replace("…", ""), content, { style: "is-wide" });
}

/** The templates that there are, null where the server does not say so. @param {Editor} editor @returns {Promise<Template[] | null>} */
async function listed(editor) {
  try {
    return JSON.parse(await readFile("index"));
  } catch {
    editor.notices.show(say("page.unreachable"), "error", { label: say("page.try-again"), run: () => void openTemplates(editor) });
    return null;
  }
}

/** @param {string} name @returns {Promise<string>} @throws {Error} in words, where it cannot be had */
async function readFile(name) {
  const answer = await fetch(`templates/${name}.json`).catch(() => null);
  if (!answer?.ok) throw new Error(say("page.unreachable"));
  return answer.text();
}

/** @param {Editor} editor @param {string} name */
async function readTemplate(editor, name) {
  const opened = await openText(await readFile(name), name, editor.definitions.value);
  return { ...opened, workflow: { ...opened.workflow, id: newId() } };
}

/** @param {Template} template @param {() => void} open */
function card({ name, title, description }, open) {
  const picture = element("img", { src: `templates/${name}.webp`, alt: "", loading: "lazy", width: "192", height: "192" });
  const words = element("span", {}, element("strong", {}, inWords(title)), element("small", {}, inWords(description)));
  return element("li", {}, element("button", { type: "button", "data-template": name, onclick: open }, picture, words));
}

/** @param {Record<string, string>} words by language */
function inWords(words) {
  return words[currentLanguage()] ?? words.en;
}
