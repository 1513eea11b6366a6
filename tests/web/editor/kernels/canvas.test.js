// What orders the canvas: groups, lining up, arranging, healing links, bends, weights of words.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { addNode, colourNodes, dropLinks, togglePinned } from "../../../../web/editor/document/edits.js";
import { parseJson, writeJson } from "../../../../web/editor/document/json.js";
import { addBend, bendsOf, moveBends, removeBend, waysOf } from "../../../../web/editor/document/reroutes.js";
import { findNode, linksById } from "../../../../web/editor/document/workflow.js";
import { align, distribute, snapTo, snapToGrid } from "../../../../web/editor/kernels/aligning.js";
import { arrange } from "../../../../web/editor/kernels/arrange.js";
import { copyNodes, pasteNodes } from "../../../../web/editor/kernels/copying.js";
import { bendsBefore, curveBounds, curveDistance, curvePath, linkCurve } from "../../../../web/editor/kernels/curves.js";
import { groupAround, groupAt, groupsOf, heldBy, moveHeld } from "../../../../web/editor/kernels/groups.js";
import { freeBelow, overlaps, pinch, toScreen, toWorld, visibleWorld, wheelZoom } from "../../../../web/editor/kernels/geometry.js";
import { fitBeside } from "../../../../web/editor/kernels/fitting.js";
import { takes } from "../../../../web/editor/kernels/lasso.js";
import { mapOf, onMap, viewAt } from "../../../../web/editor/kernels/minimap.js";
import { insertOnLink, removeAndHeal } from "../../../../web/editor/kernels/healing.js";
import { fittingOutputs, moveLinks, whyNotMoved } from "../../../../web/editor/kernels/moving_links.js";
import { shiftScene, splitScene } from "../../../../web/editor/kernels/moving.js";
import { changedRects } from "../../../../web/editor/kernels/repainting.js";
import { buildScene } from "../../../../web/editor/kernels/scene.js";
import { weigh } from "../../../../web/editor/kernels/weighting.js";

const workflow = parseJson(readFileSync(join(import.meta.dirname, "../../../../web/editor/default_workflow.json"), "utf8"));
const scene = (value) => buildScene(value, {}, () => false);
const slot = (name, type, link = null) => ({ name, type, link });

test("a group around nodes holds them, and they move with it unless they are pinned", () => {
  const rects = ["3", "4"].map((id) => scene(workflow).nodes.get(id).layout.rect);
  const grouped = groupAround(togglePinned(workflow, new Set(["4"])), rects, "Prompts");
  const [group] = grouped.groups;
  const shown = scene(grouped);
  assert.deepEqual([...heldBy(shown, group).ids], ["3"]);
  assert.equal(groupAt(shown, { x: group.bounding[0] + 5, y: group.bounding[1] + 5 }).part, "title");
  const moved = moveHeld(grouped, heldBy(shown, group), { x: 10, y: -5 });
  assert.equal(moved.groups[0].bounding[0], group.bounding[0] + 10);
  assert.deepEqual(findNode(moved, 3).pos, [findNode(workflow, 3).pos[0] + 10, findNode(workflow, 3).pos[1] - 5]);
  assert.deepEqual(findNode(moved, 4).pos, findNode(workflow, 4).pos);
});

test("nodes line up on an edge, stand at equal distances and snap to others and to the grid", () => {
  const rects = new Map([["1", { x: 0, y: 0, w: 10, h: 10 }], ["2", { x: 15, y: 50, w: 30, h: 10 }], ["3", { x: 90, y: 7, w: 10, h: 10 }]]);
  const place = (value, id) => findNode(value, id).pos.map((at, axis) => at - findNode(workflow, id).pos[axis]);
  assert.deepEqual(["1", "2", "3"].map((id) => place(align(workflow, rects, "right"), id)), [[90, 0], [55, 0], [0, 0]]);
  assert.deepEqual(["1", "2", "3"].map((id) => place(distribute(workflow, rects, "x"), id)), [[0, 0], [20, 0], [0, 0]]);
  assert.deepEqual(snapTo({ x: 98, y: 200, w: 10, h: 10 }, [{ x: 100, y: 0, w: 50, h: 10 }], 5), { by: { x: 2, y: 0 }, lines: { x: 100 } });
  assert.deepEqual(snapToGrid({ x: 13, y: -4 }, 10), { x: -3, y: -6 + 10 });
});

test("arranged nodes do not overlap, and every link runs to the right", () => {
  const shown = scene(arrange(workflow, (id) => scene(workflow).nodes.get(id).layout.rect));
  const rects = [...shown.nodes.values()].map((placed) => placed.layout.rect);
  for (const a of rects) for (const b of rects) assert.ok(a === b || a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y);
  for (const { curve } of shown.links) assert.ok(curve.from.x < curve.to.x);
});

test("a node on a link stands between its ends, and taken out again the link is as before", () => {
  const lora = { type: "LoraLoaderModelOnly", pos: [0, 0], size: [10, 10], inputs: [slot("model", "MODEL")], outputs: [{ name: "MODEL", type: "MODEL", links: [] }] };
  const { workflow: added, id } = addNode(workflow, lora);
  const link = [...linksById(workflow).values()].find((item) => item.type === "MODEL");
  const inserted = insertOnLink(added, String(id), link.id, {});
  const ends = [...linksById(inserted).values()].filter((item) => item.type === "MODEL").map(({ from, to }) => [from, to]);
  assert.deepEqual(ends, [[link.from, id], [id, link.to]]);
  const healed = removeAndHeal(inserted, new Set([String(id)]), {});
  const mended = [...linksById(healed).values()].filter((item) => item.type === "MODEL");
  assert.deepEqual(mended.map(({ from, fromSlot, to, toSlot }) => [from, fromSlot, to, toSlot]), [[link.from, link.fromSlot, link.to, link.toSlot]]);
  assert.equal(insertOnLink(added, String(id), [...linksById(workflow).values()].find((item) => item.type === "VAE").id, {}), added);
});

test("a removed node does not link what does not fit", () => {
  const healed = removeAndHeal(workflow, new Set(["6"]), {});
  assert.equal(findNode(healed, 7).inputs[0].link, null);
});

for (const version of [0.4, 1]) {
  test(`bends of schema ${version} are added, moved, removed, and go with their link`, () => {
    const links = [...linksById(workflow).values()];
    const written = version === 1 ? links.map(({ id, from, fromSlot, to, toSlot, type }) => ({ id, origin_id: from, origin_slot: fromSlot, target_id: to, target_slot: toSlot, type })) : workflow.links;
    const plain = { ...workflow, version, links: written };
    const { id } = links[0];
    const two = addBend(addBend(plain, id, { x: 1, y: 2 }, 0), id, { x: 3, y: 4 }, 0);
    assert.deepEqual(waysOf(two).get(id).map((bend) => bend.pos), [[3, 4], [1, 2]]);
    assert.deepEqual(waysOf(parseJson(writeJson(two))), waysOf(two));
    assert.deepEqual(waysOf(moveBends(two, new Set([1]), { x: 8, y: 7 })).get(id).map((bend) => bend.pos), [[3, 4], [9, 9]]);
    assert.deepEqual(waysOf(removeBend(two, 2)).get(id).map((bend) => bend.pos), [[1, 2]]);
    assert.deepEqual(waysOf(removeBend(two, 1)).get(id).map((bend) => bend.pos), [[3, 4]]);
    assert.deepEqual(bendsOf(dropLinks(two, new Set([id]))), { reroutes: [], parents: new Map() });
    assert.deepEqual(scene(two).links.find(({ link }) => link.id === id).curve.via, [{ x: 3, y: 4 }, { x: 1, y: 2 }]);
  });
}

test("a curve of any shape passes its bends and lies within its bounds", () => {
  const [from, to, via] = [{ x: 0, y: 0 }, { x: 200, y: 100 }, [{ x: 50, y: 80 }, { x: 120, y: -40 }]];
  for (const shape of ["spline", "straight", "square"]) {
    const curve = linkCurve(from, to, shape, via);
    for (const point of [from, ...via, to]) {
      assert.ok(curveDistance(curve, point) < 1e-6, shape);
      const box = curveBounds(curve);
      assert.ok(point.x >= box.x && point.x <= box.x + box.w && point.y >= box.y && point.y <= box.y + box.h);
    }
    assert.match(curvePath(curve), /^M0 0/);
    assert.deepEqual([{ x: 5, y: 9 }, { x: 85, y: 20 }, { x: 190, y: 85 }].map((point) => bendsBefore(curve, point)), [0, 1, 2]);
  }
});

test("keys weigh the marked words, the word at the cursor, and what is weighted already", () => {
  const cases = [
    ["a red cat", 2, 5, 1, "a (red:1.05) cat"],
    ["a red cat", 3, 3, -1, "a (red:0.95) cat"],
    ["a (red:1.05) cat", 4, 4, 1, "a (red:1.1) cat"],
    ["a (red:1.05) cat", 2, 12, -1, "a red cat"],
    ["a (red:1.05) cat", 14, 14, 1, "a (red:1.05) (cat:1.05)"],
    ["one, two", 5, 8, 1, "one, (two:1.05)"],
    ["", 0, 0, 1, ""],
  ];
  for (const [text, start, end, direction, expected] of cases) assert.equal(weigh(text, start, end, direction).text, expected);
  let state = { text: "a red cat", start: 3, end: 3 };
  for (const direction of [1, 1, 1, -1, -1, -1]) state = weigh(state.text, state.start, state.end, direction);
  assert.equal(state.text, "a red cat");
});

test("pasted nodes are fed by what fed the originals where that is asked for", () => {
  const text = copyNodes(workflow, new Set(["5"]));
  const fed = pasteNodes(workflow, text, null, true);
  const [original, copy] = [findNode(workflow, 5), findNode(fed.workflow, fed.ids[0])];
  const origins = (value, node) => node.inputs.map((input) => linksById(value).get(input.link)).map((link) => link && [link.from, link.fromSlot]);
  assert.deepEqual(origins(fed.workflow, copy), origins(workflow, original));
  for (const link of linksById(fed.workflow).values()) assert.ok(findNode(fed.workflow, link.from).outputs[link.fromSlot].links.includes(link.id));
  const alone = pasteNodes(workflow, text, null);
  assert.ok(findNode(alone.workflow, alone.ids[0]).inputs.every((input) => input.link === null));
});

test("pasted nodes are fed by none of another workflow that has only the id of what fed the originals", () => {
  const text = copyNodes(workflow, new Set(["5"]));
  const alone = pasteNodes({ version: 0.4, nodes: [], links: [] }, text, null).workflow;
  const twice = pasteNodes(alone, text, null, true);
  assert.ok(findNode(twice.workflow, twice.ids[0]).inputs.every((input) => input.link === null));
  const other = { version: 0.4, nodes: [{ ...findNode(workflow, 5), id: 2, inputs: [] }], links: [] };
  const beside = pasteNodes(other, text, null, true);
  assert.ok(findNode(beside.workflow, beside.ids[0]).inputs.every((input) => input.link === null));
});

test("pasted links keep their bends, beside the originals; those from outside share the originals' bends", () => {
  const isFrom5 = (link) => String(link.from) === "5";
  const [inner] = [...linksById(workflow).values()].filter(isFrom5);
  const [outer] = [...linksById(workflow).values()].filter((link) => String(link.to) === "5");
  const bent = addBend(addBend(addBend(workflow, inner.id, { x: 10, y: 20 }, 0), inner.id, { x: 30, y: 40 }, 1), outer.id, { x: 1, y: 2 }, 0);
  const places = (value, id) => waysOf(value).get(id)?.map((bend) => bend.pos);
  for (const value of [bent, { ...bent, extra: {}, version: 1, links: bent.links.map(([id, origin_id, origin_slot, target_id, target_slot, type]) => ({ id, origin_id, origin_slot, target_id, target_slot, type, parentId: bendsOf(bent).parents.get(id) })), reroutes: bendsOf(bent).reroutes }]) {
    const pasted = pasteNodes(value, copyNodes(value, new Set(["5", String(inner.to)])), null, true);
    const [copy] = pasted.ids;
    const links = [...linksById(pasted.workflow).values()];
    assert.deepEqual(places(pasted.workflow, links.find((link) => String(link.from) === copy).id), [[40, 50], [60, 70]]);
    assert.deepEqual(places(pasted.workflow, inner.id), [[10, 20], [30, 40]]);
    const entering = links.find((link) => String(link.to) === copy && link.toSlot === outer.toSlot);
    assert.deepEqual(waysOf(pasted.workflow).get(entering.id)[0].linkIds, [outer.id, entering.id]);
    assert.equal(bendsOf(pasted.workflow).reroutes.length, 5);
  }
});

test("a group is copied with its members and by itself, under an id of its own", () => {
  const shown = buildScene(workflow, {}, () => false);
  const grouped = groupAround(workflow, ["3", "4"].map((id) => shown.nodes.get(id).layout.rect), "Prompts");
  const scene = buildScene(grouped, {}, () => false);
  const [group] = grouped.groups;
  assert.deepEqual(groupsOf(scene, new Set(["3"]), null), []);
  assert.deepEqual(groupsOf(scene, new Set(["3", "4", "5"]), null), [group]);
  const [x, y, w, h] = group.bounding;
  const twice = pasteNodes(grouped, copyNodes(grouped, new Set(["3", "4"]), [group]), null).workflow;
  assert.deepEqual(twice.groups, [group, { ...group, id: 2, bounding: [x + 30, y + 30, w, h] }]);
  assert.equal(twice.nodes.length, grouped.nodes.length + 2);
  const alone = pasteNodes(grouped, copyNodes(grouped, new Set(), [group]), { x: 5, y: 6 });
  assert.deepEqual([alone.ids, alone.workflow.groups[1].bounding], [[], [5, 6, w, h]]);
});

test("a colour is given and taken away", () => {
  const red = colourNodes(workflow, new Set(["1"]), { color: "#322", bgcolor: "#533" });
  assert.equal(findNode(red, 1).bgcolor, "#533");
  assert.deepEqual(colourNodes(red, new Set(["1"]), null), workflow);
});

test("a dragged bend takes the links through it along and leaves the rest of the scene as it is", () => {
  const { id } = [...linksById(workflow).values()][0];
  const shown = scene(addBend(workflow, id, { x: 1, y: 2 }, 0));
  const held = { ids: new Set(), bends: new Set([1]) };
  const { staying, moving } = splitScene(shown, held);
  assert.deepEqual(moving.links.map(({ link }) => link.id), [id]);
  assert.equal(staying.links.length, shown.links.length - 1);
  assert.equal(staying.groups, shown.groups);
  const shifted = shiftScene(moving, { held, by: { x: 10, y: 20 } });
  assert.deepEqual(shifted.links[0].curve.via, [{ x: 11, y: 22 }]);
  assert.deepEqual(shifted.bends.map(({ x, y }) => [x, y]), [[11, 22]]);
});

test("the minimap shows all bounds, and a point on it is the middle of the view it asks for", () => {
  const bounds = { x: -500, y: 200, w: 29000, h: 8000 };
  const size = { w: 200, h: 130 };
  const map = mapOf(bounds, size);
  const shown = onMap(bounds, map);
  assert.ok(shown.x >= 0 && shown.y >= 0 && shown.x + shown.w <= size.w && shown.y + shown.h <= size.h);
  const screen = { w: 800, h: 600 };
  const view = viewAt({ x: 50, y: 60 }, bounds, map, { x: 0, y: 0, scale: 0.5 }, screen);
  const seen = onMap(visibleWorld(view, screen), map);
  assert.ok(Math.abs(seen.x + seen.w / 2 - 50) < 1e-9 && Math.abs(seen.y + seen.h / 2 - 60) < 1e-9);
  const edge = visibleWorld(viewAt({ x: -300, y: 900 }, bounds, map, { x: 0, y: 0, scale: 0.5 }, screen), screen);
  assert.deepEqual([edge.x + edge.w / 2, edge.y + edge.h / 2], [-500, 8200], "beyond its edge the view stops at the graph");
});

test("a loop takes what has its middle inside, also where the loop is hollow", () => {
  const loop = [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 100, y: 100 }, { x: 50, y: 20 }, { x: 0, y: 100 }];
  const at = (x, y) => takes(loop, { x: x - 5, y: y - 5, w: 10, h: 10 });
  assert.deepEqual([at(10, 50), at(90, 50), at(50, 10), at(50, 60), at(120, 10)], [true, true, true, false, false]);
});

test("two fingers keep what is under them", () => {
  const view = { x: 30, y: -20, scale: 0.5 };
  const [from, to] = [[{ x: 100, y: 100 }, { x: 200, y: 100 }], [{ x: 80, y: 140 }, { x: 280, y: 140 }]];
  const after = pinch(view, from, to);
  assert.equal(after.scale, 1);
  from.forEach((point, index) => assert.deepEqual(toScreen(toWorld(point, view), after), to[index]));
});

test("all links of an output move to another one with their ids and bends, but only where all fit", () => {
  const { id: _id, ...loader } = findNode(workflow, 1);
  const { workflow: doubled, id } = addNode(workflow, { ...loader, outputs: loader.outputs.map((output) => ({ ...output, links: [] })) });
  const links = [...linksById(doubled).values()].filter((link) => link.from === 1 && link.fromSlot === 1);
  assert.equal(links.length, 2);
  const bent = addBend(doubled, links[0].id, { x: 1, y: 2 }, 0);
  const moved = moveLinks(bent, links, { node: String(id), slot: { index: 1, name: "CLIP", type: "CLIP" } });
  assert.deepEqual(findNode(moved, 1).outputs[1].links, []);
  assert.deepEqual(findNode(moved, id).outputs[1].links, links.map((link) => link.id));
  for (const link of links) assert.equal(linksById(moved).get(link.id).from, id);
  assert.deepEqual(bendsOf(moved), bendsOf(bent));
  const shown = scene(bent);
  const fits = fittingOutputs(bent, shown, links);
  assert.ok(fits.has(`${id}/output/CLIP`) && !fits.has(`${id}/output/VAE`) && !fits.has("3/output/CONDITIONING"));
  const [model] = shown.nodes.get(String(id)).face.outputs;
  assert.notEqual(whyNotMoved(bent, shown, links, { node: String(id), side: "output", slot: model }), "");
});

test("what is painted anew is what has changed: a moved node with its links, a selected one, the one that runs", () => {
  const shown = { scene: scene(workflow), selection: new Set(["7"]), selectedLink: null, hiddenLink: null, runs: {}, path: "" };
  const rectOf = (value, id) => value.nodes.get(id).layout.rect;
  assert.deepEqual(changedRects(shown, { ...shown, scene: scene({ ...workflow }) }), []);
  assert.deepEqual(changedRects(shown, { ...shown, runs: { 3: { state: "running" } } }), [rectOf(shown.scene, "3"), rectOf(shown.scene, "3")]);
  const moved = scene({ ...workflow, nodes: workflow.nodes.map((node) => (node.id === 3 ? { ...node, pos: [0, 900] } : node)) });
  const links = [shown.scene, moved].flatMap((value) => value.links.filter(({ link }) => link.from === 3 || link.to === 3).map((placed) => placed.bounds));
  const rects = changedRects(shown, { ...shown, scene: moved });
  assert.equal(rects.length, 2 + links.length);
  for (const rect of [rectOf(shown.scene, "3"), rectOf(moved, "3"), ...links]) assert.ok(rects.includes(rect));
  const picked = changedRects(shown, { ...shown, selection: new Set(["3"]) });
  assert.ok(["3", "7"].every((id) => picked.includes(rectOf(shown.scene, id))));
  assert.ok(!picked.includes(rectOf(shown.scene, "4")));
});

test("everything is painted anew where nodes lie in another order", () => {
  const shown = { scene: scene(workflow), selection: new Set(), selectedLink: null, hiddenLink: null, runs: {}, path: "" };
  assert.equal(changedRects(shown, { ...shown, scene: scene({ ...workflow, nodes: [...workflow.nodes].reverse() }) }), null);
});

test("a box goes down until it lies on none of the others", () => {
  const others = [{ x: 0, y: 0, w: 200, h: 100 }, { x: 100, y: 150, w: 200, h: 100 }, { x: 900, y: 0, w: 10, h: 900 }];
  assert.equal(freeBelow(others, { x: 50, y: 0, w: 200, h: 80 }), 270);
  assert.equal(freeBelow(others, { x: 400, y: 0, w: 200, h: 80 }), 0);
  assert.equal(freeBelow([], { x: 0, y: -5, w: 9, h: 9 }), -5);
});

test("a notch of the wheel zooms alike with Ctrl and without, and a pinch of a trackpad as far as the fingers go", () => {
  const turn = (/** @type {number} */ deltaY, ctrlKey = false, deltaMode = 0) => wheelZoom({ deltaX: 0, deltaY, deltaMode, ctrlKey });
  assert.equal(turn(-100, true), turn(-100));
  assert.ok(turn(-100) > 1.1 && turn(-100) < 1.2);
  assert.ok(turn(-10, true) > 1.1 && turn(-10) < 1.02);
  assert.equal(turn(-3, true, 1), turn(-54));
  assert.ok(turn(100) < 1);
});

test("cards are fitted beside panels and the minimap where there is room, and not made smaller for what covers none", () => {
  const screen = { w: 1200, h: 800 };
  const margin = { top: 100, right: 20, bottom: 50, left: 20 };
  const cards = [{ x: 0, y: 0, w: 400, h: 200 }, { x: 1600, y: 0, w: 400, h: 900 }, { x: 0, y: 700, w: 400, h: 200 }];
  const bounds = { x: 0, y: 0, w: 2000, h: 900 };
  const hits = (view, cover) => cards.some(({ x, y, w, h }) => overlaps({ x: x * view.scale + view.x, y: y * view.scale + view.y, w: w * view.scale, h: h * view.scale }, cover));
  const plain = fitBeside(bounds, cards, screen, margin, []);
  const drawer = { x: 800, y: 90, w: 400, h: 700 };
  const map = { x: 10, y: 540, w: 200, h: 130 };
  assert.ok(hits(plain, drawer) && hits(plain, map));
  const beside = fitBeside(bounds, cards, screen, margin, [map, drawer]);
  assert.ok(!hits(beside, drawer) && !hits(beside, map));
  assert.ok(beside.scale >= 0.55 * plain.scale);
  assert.deepEqual(fitBeside(bounds, cards, screen, margin, [{ x: 500, y: 150, w: 200, h: 130 }]), plain, "nothing lies there");
  assert.deepEqual(fitBeside(bounds, cards, screen, margin, [{ x: 0, y: 0, ...screen }]), plain, "a panel over everything leaves no room");
  assert.deepEqual(fitBeside(null, [], screen, margin, [drawer]), fitBeside(null, [], screen, margin, []));
});
