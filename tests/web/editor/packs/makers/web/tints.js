// Makes the widget of a type of its own, draws on cards, and adds a widget that draws itself.
import { app } from "../../scripts/app.js";

const heard = (window.heard = []);

class Dial {
  constructor(name) {
    this.name = name;
    this.value = { turned: 1 };
  }
  computeSize(width) {
    return [width, 40];
  }
  draw(ctx, node, width, y, height) {
    ctx.fillStyle = "rgb(0, 200, 0)";
    ctx.fillRect(15, y, width - 30, height);
    this.drawn = [width === node.size[0], height];
  }
  mouse(event, pos) {
    if (event.type !== "pointerdown") return false;
    heard.push(`dial at ${pos[0] > 0 && pos[1] > 0}`);
    this.value = { turned: this.value.turned + 1 };
    return true;
  }
  serializeValue() {
    return this.value.turned * 10;
  }
}

app.registerExtension({
  name: "makers.tints",
  getCustomWidgets() {
    return {
      TINT(node, name, [type, options]) {
        const field = document.createElement("input");
        field.ariaLabel = `${type} ${name}`;
        field.value = options.default;
        const widget = node.addDOMWidget(name, "tint", field, {
          getValue: () => field.value,
          setValue: (value) => (field.value = value),
          getMinHeight: () => 30,
        });
        return { widget, minWidth: 200, minHeight: 30 };
      },
    };
  },
  beforeRegisterNodeDef(nodeType, nodeData) {
    if (nodeData.name !== "Drawn") return;
    nodeType.prototype.onNodeCreated = function () {
      this.addCustomWidget(new Dial("dial"));
    };
    nodeType.prototype.onDrawForeground = function (ctx) {
      if (this.flags.collapsed) return;
      ctx.fillStyle = "rgb(200, 0, 0)";
      ctx.fillRect(0, -LiteGraph.NODE_TITLE_HEIGHT - 20, 60, 20);
      this.drawn = (this.drawn ?? 0) + 1;
    };
    nodeType.prototype.onMouseDown = function (event, pos) {
      heard.push(`pressed ${pos[1] < 0 ? "title" : "body"}`);
      return pos[1] < 0 && pos[0] > this.size[0] - 30;
    };
    nodeType.prototype.onDblClick = () => void heard.push("double");
    nodeType.prototype.onMouseEnter = () => void heard.push("entered");
    nodeType.prototype.onSelected = () => void heard.push("selected");
    nodeType.prototype.onDeselected = () => void heard.push("deselected");
  },
});
