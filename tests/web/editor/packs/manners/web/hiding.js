// Hides widgets by a kind that no page knows, and puts a property of its own in place of a widget's value.
import { app } from "../../scripts/app.js";

const first = {};

function toggle(node, name, isShown) {
  const widget = node.widgets.find((one) => one.name === name);
  first[name] ??= { type: widget.type, computeSize: widget.computeSize };
  widget.type = isShown ? first[name].type : "mannersHidden";
  widget.computeSize = isShown ? first[name].computeSize : () => [0, -4];
  node.setSize([node.size[0], node.computeSize()[1]]);
}

app.registerExtension({
  name: "manners.hiding",
  nodeCreated(node) {
    if (node.comfyClass !== "Mannered") return;
    const [words, mode, , insert] = node.widgets;
    const native = Object.getOwnPropertyDescriptor(mode.constructor.prototype, "value");
    Object.defineProperty(mode, "value", {
      get: () => native.get.call(mode),
      set(value) {
        native.set.call(mode, value);
        toggle(node, "times", value === "full");
      },
    });
    toggle(node, "times", mode.value === "full");
    Object.defineProperty(insert, "value", {
      get: () => "Choose one",
      set(value) {
        if (new Error().stack.includes("inner_value_change") && value !== "Choose one") words.value += `, ${value}`;
      },
    });
    words.inputEl.readOnly = true;
    words.inputEl.addEventListener("focus", () => window.told.push("focused"));
  },
});
