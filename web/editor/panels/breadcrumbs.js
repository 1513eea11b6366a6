// Where in nested subgraphs one is: each step leads back to it, the last can be renamed.
import { showScope } from "../commands/subgraphs.js";
import { findDefinition } from "../document/scopes.js";
import { say } from "../texts/texts.js";
import { element } from "../view/dom.js";
import { editInPlace } from "../view/in_place.js";
/** @import {Editor} from "../editor.js" */
/** @import {Stage} from "../view/stage.js" */

/**
 * @param {HTMLElement} root
 * @param {Editor} editor
 * @param {Stage} stage
 */
export function makeBreadcrumbs(root, editor, stage) {
  const { document: open } = editor;
  const bar = element("nav", { class: "breadcrumbs", "aria-label": say("subgraph.way"), hidden: true });
  const show = () => {
    const scope = open.scope.value;
    bar.hidden = !scope.length;
    if (!scope.length) return;
    const names = [open.name.value, ...scope.map((step) => findDefinition(open.workflow, step.definition)?.name ?? step.host)];
    const last = element("span", { class: "crumb", "aria-current": "location", title: say("subgraph.rename") }, names.at(-1) ?? "");
    last.addEventListener("dblclick", () =>
      editInPlace(last, say("subgraph.rename"), {
        onTaken: async (name) => (await import("../commands/inside.js")).renameSubgraph(editor, scope[scope.length - 1].definition, name),
        onEnd: () => bar.querySelector("button")?.focus(),
      }),
    );
    const back = names.slice(0, -1).map((name, index) =>
      element("button", { type: "button", class: "crumb", onclick: () => showScope(editor, stage, scope.slice(0, index)) }, name),
    );
    bar.replaceChildren(...back, last);
  };
  open.scope.subscribe(show);
  open.current.subscribe(() => open.scope.value.length && show());
  open.name.subscribe(show);
  root.append(bar);
}
