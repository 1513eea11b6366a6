// Kinds of nodes that only the page knows: one keeps what it is fed under a name, one passes it on, one sets a value.
import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";

app.registerExtension({
  name: "makers.passing",
  setup() {
    const [ofApp, ofApi] = [app.queuePrompt, api.queuePrompt];
    app.queuePrompt = async function (number) {
      window.heard.push(`queues ${number}`);
      return ofApp.apply(this, arguments);
    };
    api.queuePrompt = async function (number, { output, workflow }) {
      for (const { inputs } of Object.values(output)) if (inputs.times === -1) inputs.times = 5;
      const answer = await ofApi.call(this, number, { output, workflow: { ...workflow, extra: { ...workflow.extra, seen: true } } });
      window.heard.push(`queued ${Boolean(answer.prompt_id)}`);
      return answer;
    };
  },
  registerCustomNodes() {
    class Keep extends LGraphNode {
      constructor(title) {
        super(title);
        this.properties ??= {};
        this.isVirtualNode = true;
        this.addInput("*", "*");
        this.addWidget("text", "name", "it", () => {});
      }
    }
    class Take extends LGraphNode {
      constructor(title) {
        super(title);
        this.isVirtualNode = true;
        this.addOutput("*", "*");
        this.addWidget("text", "name", "it", () => {});
      }
      getInputLink() {
        const keeper = this.graph.nodes.find(({ type, widgets }) => type === "makers/Keep" && widgets[0].value === this.widgets[0].value);
        return keeper ? app.graph.links[keeper.inputs[0].link] : null;
      }
    }
    class Preset {
      constructor() {
        this.isVirtualNode = true;
        this.serialize_widgets = true;
        this.addOutput("INT", "INT");
        this.addWidget("combo", "value", "few", null, { values: ["few", "many"] });
        this.applyToGraph = function () {
          for (const id of this.outputs[0].links ?? []) {
            const { target_id: target, target_slot: slot } = app.graph.links[id];
            const node = app.graph.getNodeById(target);
            const { name } = node.inputs[slot].widget;
            node.widgets.find((widget) => widget.name === name).value = this.widgets[0].value === "many" ? 9 : 3;
          }
        };
      }
    }
    LiteGraph.registerNodeType("makers/Keep", Object.assign(Keep, { title: "Keep" }));
    LiteGraph.registerNodeType("makers/Take", Object.assign(Take, { title: "Take" }));
    LiteGraph.registerNodeType("makers/Preset", Object.assign(Preset, { title: "Preset" }));
    for (const one of [Keep, Take, Preset]) one.category = "makers";
  },
});
