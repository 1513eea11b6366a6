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
  const answer = await fetch("templates/index.json");
  /** @type {Template[]} */
  const templates = await answer.json();
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

/** @param {Editor} editor @param {string} name */
async function readTemplate(editor, name) {
  const answer = await fetch(`templates/${name}.json`);
  const opened = await openText(await answer.text(), name, editor.definitions.value);
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
