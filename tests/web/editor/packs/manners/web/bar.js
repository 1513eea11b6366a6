// Imports what packs import besides, puts a button into the bar, and opens menus.
import { app } from "../../scripts/app.js";
import { applyTextReplacements, prop } from "../../scripts/utils.js";
import { ComfyButtonGroup } from "../../scripts/ui/components/buttonGroup.js";
import { ComfyButton } from "../../scripts/ui/components/button.js";
import { $el } from "../../scripts/ui.js";
import { ComfyDialog } from "../../scripts/ui/dialog.js";
import { getWidgetConfig, setWidgetConfig } from "../../extensions/core/widgetInputs.js";

class Sheet extends ComfyDialog {
  constructor() {
    super();
    this.element = $el("div.comfy-modal", { parent: document.body }, [$el("div.comfy-modal-content", [$el("p", { textContent: "Mind your manners" }), ...this.createButtons()])]);
  }
}
window.sheet = new Sheet();
window.imported = { applyTextReplacements, prop, ComfyDialog, getWidgetConfig, setWidgetConfig };

const entries = [
  "plain",
  null,
  { content: "<b>More</b>", submenu: { options: [{ content: "within", callback: (value) => window.told.push(`took ${value.content}`) }] } },
];

app.registerExtension({
  name: "manners.bar",
  setup() {
    const open = (event) => new LiteGraph.ContextMenu(entries, { event, title: "Manners", callback: (value) => window.told.push(`chose ${value.content ?? value}`) });
    app.menu?.settingsGroup.element.before(new ComfyButtonGroup(new ComfyButton({ content: "Behave", tooltip: "Behave well", action: open })).element);
    const { getCanvasMenuOptions, drawNode } = LGraphCanvas.prototype;
    LGraphCanvas.prototype.getCanvasMenuOptions = function () {
      return [...getCanvasMenuOptions.apply(this, arguments), { content: "Tidy", callback: () => window.told.push("tidied") }];
    };
    LGraphCanvas.prototype.drawNode = function () {
      return drawNode?.apply(this, arguments);
    };
    window.told.push("set up");
  },
});
