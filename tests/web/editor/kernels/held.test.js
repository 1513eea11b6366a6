// What moves with selected nodes: groups that are selected as a whole, and reroutes between them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { changeNode } from "../../../../web/editor/document/edits.js";
import { parseJson } from "../../../../web/editor/document/json.js";
import { addBend } from "../../../../web/editor/document/reroutes.js";
import { findNode, linksById, nodesById } from "../../../../web/editor/document/workflow.js";
import { groupAround, groupWithin, heldWith, moveHeld } from "../../../../web/editor/kernels/groups.js";
import { buildScene } from "../../../../web/editor/kernels/scene.js";

const DEFAULT = parseJson(readFileSync(join(import.meta.dirname, "../../../../web/editor/default_workflow.json"), "utf8"));
const sceneOf = (workflow) => buildScene(workflow, {}, () => false);
const rects = (workflow, ids) => ids.map((id) => sceneOf(workflow).nodes.get(id).layout.rect);
const of = (...ids) => new Set(ids);

test("a reroute moves with the cards at both ends of its link, and stays where one of them does", () => {
  const link = [...linksById(DEFAULT).values()].find(({ from, to }) => from === 6 && to === 7);
  const bent = addBend(DEFAULT, link.id, { x: 1000, y: -50 }, 0);
  const bends = (ids) => [...heldWith(sceneOf(bent), ids, null).bends];
  assert.deepEqual([bends(of("6", "7")), bends(of("6")), bends(of("5", "6"))], [[1], [], []]);
  const moved = moveHeld(bent, heldWith(sceneOf(bent), of("6", "7"), null), { x: 5, y: 7 });
  assert.deepEqual(moved.extra.reroutes[0].pos, [1005, -43]);
});

test("a group goes along where more than its cards is selected, or it is chosen, or all is", () => {
  const grouped = groupAround(DEFAULT, rects(DEFAULT, ["3", "4"]), "Words");
  const moves = (ids, chosen = null) => heldWith(sceneOf(grouped), ids, chosen).groups.size === 1;
  assert.equal(moves(of("3", "4")), false, "its cards can be taken out");
  assert.equal(moves(of("3", "5")), false);
  assert.equal(moves(of("3", "4", "5")), true);
  assert.equal(moves(of("3", "4"), 0), true);
  const all = groupAround(DEFAULT, rects(DEFAULT, [...nodesById(DEFAULT).keys()]), "All");
  assert.equal(heldWith(sceneOf(all), new Set(nodesById(DEFAULT).keys()), null).groups.size, 1);
  const pinned = changeNode(grouped, "5", (node) => ({ ...node, flags: { pinned: true } }));
  const moved = moveHeld(pinned, heldWith(sceneOf(pinned), of("3", "4", "5", "6"), null), { x: 10, y: 0 });
  assert.equal(moved.groups[0].bounding[0], grouped.groups[0].bounding[0] + 10);
  assert.deepEqual(findNode(moved, "5").pos, findNode(DEFAULT, "5").pos);
});

test("a box around a group chooses it, where its cards and no others are in the box", () => {
  const grouped = groupAround(DEFAULT, rects(DEFAULT, ["3", "4"]), "Words");
  const [x, y, w, h] = grouped.groups[0].bounding;
  const box = { x: x - 5, y: y - 5, w: w + 10, h: h + 10 };
  assert.equal(groupWithin(sceneOf(grouped), box, of("3", "4")), 0);
  assert.equal(groupWithin(sceneOf(grouped), { ...box, w: w - 20 }, of("3", "4")), -1);
  assert.equal(groupWithin(sceneOf(grouped), box, of("3", "4", "5")), -1);
});
