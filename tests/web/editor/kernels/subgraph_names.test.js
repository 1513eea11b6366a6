// The name of a subgraph and the titles of its nodes.
import assert from "node:assert/strict";
import test from "node:test";
import { withSubgraphName } from "../../../../web/editor/kernels/subgraph_names.js";

test("a subgraph's new name is shown by its nodes, but for those with a title of their own", () => {
  const subgraphs = [
    { id: "a", name: "Old", nodes: [] },
    { id: "b", name: "B", nodes: [{ id: 1, type: "a", title: "Old" }] },
  ];
  const nodes = [{ id: 1, type: "a" }, { id: 2, type: "a", title: "Old" }, { id: 3, type: "a", title: "Mine" }, { id: 4, type: "b", title: "Old" }];
  const renamed = withSubgraphName({ nodes, links: [], definitions: { subgraphs } }, "a", "New");
  assert.deepEqual(renamed.definitions.subgraphs.map(({ name }) => name), ["New", "B"]);
  assert.deepEqual(renamed.nodes.map(({ title }) => title), [undefined, undefined, "Mine", "Old"]);
  assert.equal(renamed.definitions.subgraphs[1].nodes[0].title, undefined);
});
