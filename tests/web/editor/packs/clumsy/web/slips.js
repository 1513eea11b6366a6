// Fails in each hook of its node.
import { app } from "../../scripts/app.js";

const METHODS = [
  "onNodeCreated", "onAdded", "onConfigure", "onGraphConfigured", "onSerialize", "onResize", "onExecuted",
  "onDrawForeground", "onMouseDown", "onSelected", "getExtraMenuOptions", "onWidgetChanged", "onRemoved",
];

app.registerExtension({
  name: "clumsy.slips",
  getCustomWidgets() {
    return {
      SLIP() {
        throw new Error("slipped at SLIP");
      },
    };
  },
  beforeConfigureGraph() {
    throw new Error("slipped at beforeConfigureGraph");
  },
  registerCustomNodes() {
    class Fallen extends LGraphNode {
      constructor(title) {
        super(title);
        throw new Error("slipped at constructor");
      }
    }
    LiteGraph.registerNodeType("clumsy/Fallen", Fallen);
    throw new Error("slipped at registerCustomNodes");
  },
  beforeRegisterNodeDef(nodeType, nodeData) {
    if (nodeData.name !== "Clumsy") return;
    for (const method of METHODS) {
      nodeType.prototype[method] = function () {
        throw new Error(`slipped at ${method}`);
      };
    }
  },
  nodeCreated(node) {
    if (node.comfyClass !== "Clumsy") return;
    node.widgets[0].callback = () => {
      throw new Error("slipped at callback");
    };
    const dial = { name: "dial", value: 1, options: { serialize: false } };
    dial.draw = dial.mouse = () => {
      throw new Error("slipped at drawing");
    };
    node.addCustomWidget(dial);
  },
});
