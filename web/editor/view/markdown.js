// A Markdown note on the page: elements built one by one, so that nothing in a file can be more than words, links and pictures.
import { readMarkdown } from "../kernels/markdown.js";
import { element } from "./dom.js";
/** @import {Part} from "../kernels/markdown.js" */

const TAGS = /** @type {const} */ (["h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "hr", "code", "pre", "strong", "em", "s"]);

/** @type {Record<string, (part: Part) => Node>} */
const MAKERS = { "": ({ text }) => document.createTextNode(text ?? ""), a: makeLink, img: makePicture };

/** @param {string} text @returns {Node[]} */
export function markdownNodes(text) {
  return readMarkdown(text).map(makeNode);
}

/** @param {Part} part @returns {Node} */
function makeNode(part) {
  if (part.tag in MAKERS) return MAKERS[part.tag](part);
  const tag = TAGS.find((known) => known === part.tag) ?? "p";
  const children = part.children?.map(makeNode) ?? [];
  return element(tag, {}, ...(part.text === undefined ? children : [part.text]));
}

/** Only addresses of pages are followed; anything else stays text. @param {Part} part */
function makeLink(part) {
  const url = readUrl(part.href);
  const children = part.children?.map(makeNode) ?? [];
  if (!url) return element("span", {}, ...children);
  return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** A picture of another server would tell it who opens the note: its words and its address are shown instead. @param {Part} part */
function makePicture({ text, href }) {
  const url = readUrl(href);
  if (url?.origin === location.origin) return element("img", { src: url.href, alt: text ?? "", loading: "lazy" });
  return makeLink({ tag: "a", href, children: [{ tag: "", text: text || href }] });
}

/** @param {string} [href] @returns {URL | null} */
function readUrl(href = "") {
  const url = URL.canParse(href, location.href) ? new URL(href, location.href) : null;
  return url && ["http:", "https:"].includes(url.protocol) ? url : null;
}
