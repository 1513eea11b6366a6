// The gallery of workflows to begin with, each with a picture of what it makes.
import { openText } from "../document/opening.js";
import { newId } from "../document/ids.js";
import { openWith } from "../commands/open_with.js";
import { findByWords } from "../kernels/words.js";
import { say } from "../texts/files.js";
import { currentLanguage } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { openDialog } from "./dialog.js";
/** @import {Editor} from "../editor.js" */

const GROUPS = /** @type {const} */ (["start", "inpaint", "enlarge", "models", "prompt", "control", "sampling", "many", "pictures"]);

/** `download`: whether it needs models that do not ship.
 * @typedef {{name: string, group: typeof GROUPS[number], title: Record<string, string>, description: Record<string, string>, download?: boolean}} Template */

/** @param {Editor} editor */
export async function openTemplates(editor) {
  const templates = await listed(editor);
  if (!templates) return;
  const search = element("input", { type: "search", class: "filter", "aria-label": say("templates.search"), placeholder: say("templates.search"), autocomplete: "off" });
  const found = element("div", {});
  const dialog = openDialog(say("command.templates").replace("…", ""), element("div", { class: "templates" }, search, found), { style: "is-wide" });
  const open = (/** @type {Template} */ template) => {
    dialog.close();
    return openWith(editor, inWords(template.title), () => readTemplate(editor, template.name));
  };
  const draw = () => {
    const shown = findByWords(templates, search.value, ({ name, title, description, group }) => [name, inWords(title), inWords(description), groupName(group)].join(" "));
    found.replaceChildren(...GROUPS.flatMap((group) => groupRows(group, shown.filter((template) => template.group === group), open)));
    if (!shown.length) found.append(element("p", { class: "empty" }, say("page.empty")));
  };
  search.addEventListener("input", draw);
  draw();
  search.focus();
}

/** A heading and its templates, those that run with what ships first. @param {Template["group"]} group @param {Template[]} members @param {(template: Template) => void} open */
function groupRows(group, members, open) {
  if (!members.length) return [];
  const sorted = [...members].sort((a, b) => Number(a.download ?? false) - Number(b.download ?? false));
  return [
    element("h3", { class: "gallery-heading" }, groupName(group)),
    element("ul", { class: "gallery" }, ...sorted.map((template) => card(template, () => open(template)))),
  ];
}

/** @param {Template["group"]} group */
function groupName(group) {
  return say(`templates.${group}`);
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
function card({ name, title, description, download }, open) {
  const picture = element("img", { src: `templates/${name}.webp`, alt: "", loading: "lazy", width: "192", height: "192" });
  const words = element("span", {}, element("strong", {}, inWords(title)), element("small", {}, inWords(description)), download ? element("small", { class: "gallery-download", title: say("templates.download-why") }, say("templates.download")) : null);
  return element("li", {}, element("button", { type: "button", "data-template": name, onclick: open }, picture, words));
}

/** @param {Record<string, string>} words by language */
function inWords(words) {
  return words[currentLanguage()] ?? words.en;
}
