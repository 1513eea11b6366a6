// Subgraphs that are kept, offered like classes and placed: with definitions of their own, nested ones too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parseJson, writeJson } from "../../../../web/editor/document/json.js";
import { definitionsOf, openGraph } from "../../../../web/editor/document/scopes.js";
import { emptyWorkflow, findNode } from "../../../../web/editor/document/workflow.js";
import { makeSubgraph } from "../../../../web/editor/kernels/make_subgraph.js";
import { aloneWorkflow, offerOf, ownOffers, placeOffer } from "../../../../web/editor/kernels/offered_subgraphs.js";
import { searchNodes } from "../../../../web/editor/kernels/search.js";
import { flatten } from "../../../../web/editor/kernels/unpack.js";

const DEFAULT = parseJson(readFileSync(join(import.meta.dirname, "../../../../web/editor/default_workflow.json"), "utf8"));
const PLACE = { path: "Hires.json", category: "Subgraphs" };

/** The default workflow with a subgraph in a subgraph. */
function nested() {
  const inner = makeSubgraph(DEFAULT, new Set(["5"]), "Inner");
  const outer = makeSubgraph(inner.workflow, new Set([inner.id, "6"]), "Outer");
  return { workflow: outer.workflow, id: outer.id, inner: inner.id };
}

test("a kept subgraph is a workflow of one node without links, and is found by its name and its slots", () => {
  const { workflow, id } = nested();
  const kept = aloneWorkflow(workflow, id, "Hires");
  assert.equal(kept.nodes.length, 1);
  assert.ok(kept.nodes[0].inputs.every((slot) => slot.link === null));
  assert.deepEqual(kept.definitions.subgraphs.map(({ name }) => name).sort(), ["Hires", "Inner"]);
  const { definition } = offerOf(parseJson(writeJson(kept)), PLACE);
  assert.deepEqual(searchNodes({ [definition.name]: definition }, "hires"), [definition]);
  assert.deepEqual(searchNodes({ [definition.name]: definition }, "hires", [{ type: "IMAGE", side: "input" }]), [definition]);
  assert.deepEqual(searchNodes({ [definition.name]: definition }, "hires", [{ type: "AUDIO", side: "input" }]), []);
  assert.equal(aloneWorkflow(workflow, "1", "none"), null);
  assert.equal(offerOf(DEFAULT, PLACE), null);
});

test("each time it is placed it has definitions of its own, and means the same", () => {
  const { workflow, id } = nested();
  const offer = offerOf(aloneWorkflow(workflow, id, "Hires"), PLACE);
  const first = placeOffer(workflow, offer, { x: 0, y: 900 });
  const second = placeOffer(first.workflow, offer, { x: 0, y: 900 });
  const types = [id, first.id, second.id].map((host) => findNode(second.workflow, host).type);
  const all = types.flatMap((type) => [...definitionsOf(second.workflow, [type]).keys()]);
  assert.equal(new Set(all).size, 6);
  assert.equal(second.workflow.definitions.subgraphs.length, 6);
  const classes = (graph) => flatten(graph, {}).nodes.map((node) => node.type).sort();
  assert.deepEqual(classes(placeOffer(emptyWorkflow(), offer, { x: 0, y: 0 }).workflow), ["KSampler", "VAEDecode"]);
});

test("a workflow offers its own subgraphs as further nodes of them, and none within itself", () => {
  const { workflow, id } = nested();
  const names = (graph) => ownOffers(workflow, graph, "").map(({ definition }) => definition.display_name).sort();
  assert.deepEqual(names(workflow), ["Inner", "Outer"]);
  const outer = findNode(workflow, id).type;
  assert.deepEqual(names(openGraph(workflow, outer)), ["Inner"]);
  const offer = ownOffers(workflow, workflow, "").find(({ definition }) => definition.display_name === "Outer");
  const placed = placeOffer(workflow, offer, { x: 0, y: 900 });
  assert.equal(findNode(placed.workflow, placed.id).type, outer);
  assert.equal(placed.workflow.definitions.subgraphs.length, 2);
});
