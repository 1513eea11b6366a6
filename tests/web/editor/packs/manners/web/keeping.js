// Keeps data of its own in what is stored of a node, by both of the ways in which packs do so.
import { app } from "../../scripts/app.js";

const told = (window.told = []);

app.registerExtension({
  name: "manners.keeping",
  beforeConfigureGraph: () => void told.push("before all"),
  beforeRegisterNodeDef(nodeType, nodeData) {
    if (nodeData.name !== "Mannered") return;
    const { onNodeCreated, onSerialize, onConfigure } = nodeType.prototype;
    nodeType.prototype.onNodeCreated = function () {
      onNodeCreated?.apply(this, arguments);
      this.kept = { opened: 0 };
      told.push("made");
    };
    nodeType.prototype.onAdded = function (graph) {
      told.push(`added ${graph === this.graph}`);
    };
    nodeType.prototype.onSerialize = function (info) {
      onSerialize?.apply(this, arguments);
      info.kept = { ...this.kept };
    };
    const serialize = nodeType.prototype.serialize;
    nodeType.prototype.serialize = function () {
      const info = serialize.apply(this, arguments);
      return { ...info, properties: { ...info.properties, note: "of the script" } };
    };
    nodeType.prototype.onConfigure = function (info) {
      onConfigure?.apply(this, arguments);
      const feeder = this.inputs.find(({ name }) => name === "other")?.link;
      const from = feeder == null ? null : app.graph.getNodeById(app.graph.links[feeder].origin_id);
      if (info.kept) this.kept = { opened: info.kept.opened + 1 };
      told.push(`configured ${this.id}${from ? ` fed by ${from.title}` : ""}`);
    };
    nodeType.prototype.onConnectInput = function (slot, type, output, source) {
      told.push(`asked for ${slot} ${type} ${output.name} ${source.id}`);
      return source.title !== "Unwanted";
    };
    nodeType.prototype.onConnectionsChange = function (side, slot, isConnected) {
      told.push(`link ${side} ${slot} ${isConnected}`);
    };
    nodeType.prototype.onResize = function (size) {
      told.push(`resized to ${size[0]}`);
    };
    nodeType.prototype.onPropertyChanged = function (name, value, before) {
      told.push(`property ${name} ${before} ${value}`);
      return value !== "refused";
    };
    nodeType.prototype.onWidgetChanged = function (name, value, before) {
      told.push(`widget ${name} ${before} ${value}`);
    };
    nodeType.prototype.onExecuted = function ({ text }) {
      told.push(`executed ${this.title} ${text}`);
    };
  },
  loadedGraphNode: (node) => void told.push(`loaded ${node.id}`),
  afterConfigureGraph: () => void told.push("after all"),
});
