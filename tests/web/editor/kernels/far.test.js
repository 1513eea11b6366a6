// The workflow from afar: which nodes are cards still, and what painted boxes show of pictures.
import assert from "node:assert/strict";
import test from "node:test";
import { fitted, tiles } from "../../../../web/editor/kernels/box_places.js";
import { enlargement, nodesWithCards } from "../../../../web/editor/kernels/card_budget.js";
import { cardPictures } from "../../../../web/editor/kernels/card_pictures.js";
import { buildScene } from "../../../../web/editor/kernels/scene.js";

const SCREEN = { w: 1400, h: 900 };

/** Nodes in rows of ten, 250 apart. */
function sheet(count) {
  const nodes = Array.from({ length: count }, (_none, index) => ({ id: index, type: "Reroute", pos: [250 * (index % 10), 250 * Math.floor(index / 10)], size: [200, 100] }));
  return buildScene({ nodes, links: [] }, {}, () => false);
}

const cards = (count, scale, isTouched) => nodesWithCards(sheet(count), { x: 0, y: 0, scale }, SCREEN, isTouched).length;

test("a small workflow keeps its cards from further away than a large one, a finger's page only where they can be pressed", () => {
  assert.equal(cards(20, 0.5), 20);
  assert.equal(cards(20, 0.3), 20);
  assert.equal(cards(20, 0.2), 0);
  assert.equal(cards(80, 0.5), 80);
  assert.equal(cards(80, 0.4), 0);
  assert.equal(cards(20, 0.3, true), 0);
  assert.equal(cards(20, 0.5, true), 20);
});

test("titles grow as the view goes away, up to what has room on a card", () => {
  assert.equal(enlargement(1), 1);
  assert.ok(Math.abs(enlargement(0.5) * 12 * 0.5 - 10) < 1e-9);
  assert.equal(enlargement(0.05), 2);
});

test("pictures share the area in equal places and keep their shape there", () => {
  const places = tiles({ x: 10, y: 20, w: 204, h: 104 }, 3);
  assert.deepEqual(places, [{ x: 10, y: 20, w: 100, h: 50 }, { x: 114, y: 20, w: 100, h: 50 }, { x: 10, y: 74, w: 100, h: 50 }]);
  assert.deepEqual(fitted({ width: 64, height: 128 }, places[0]), { x: 47.5, y: 20, w: 25, h: 50 });
  assert.deepEqual(tiles({ x: 0, y: 0, w: 5, h: 5 }, 0), []);
});

test("a node shows its preview before its results, and those before the input picture that is chosen", () => {
  const widgets = [{ name: "image", kind: "combo", slot: 0, choices: [], options: {} }, { name: "upload", kind: "upload", controls: "image", slot: 1, choices: [], options: {} }];
  const placed = { node: { id: 1, type: "LoadImage", widgets_values: ["a/b.png", "image"] }, face: { widgets } };
  const url = (file, version) => `${file.subfolder ?? ""}/${file.filename}?${version ?? ""}`;
  const addresses = (run) => cardPictures(placed, run, url).map((picture) => picture.url);
  assert.deepEqual(addresses(undefined), ["a/b.png?"]);
  assert.deepEqual(addresses({ pictures: [{ filename: "x.png" }, { filename: "y.png" }], version: "p" }), ["/x.png?p", "/y.png?p"]);
  assert.deepEqual(addresses({ preview: "blob:1", pictures: [{ filename: "x.png" }] }), ["blob:1"]);
});
