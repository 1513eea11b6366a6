// Painting without a page: coverage, masks, layers, undo, and PNG files bit for bit.
import assert from "node:assert/strict";
import test from "node:test";
import { inflateSync } from "node:zlib";
import { coverArea, coverOutline, coverRectangle, coverStroke, emptyPlane, uncover } from "../../../../web/editor/kernels/coverage.js";
import { flattened, layerChunks, layersOf, paintLayer, reordered } from "../../../../web/editor/kernels/layers.js";
import { alphaToMask, feathered, grown, inverted, maskToAlpha, paintMask } from "../../../../web/editor/kernels/mask_edits.js";
import { around, copyRect, PaintHistory, pasteRect } from "../../../../web/editor/kernels/paint_history.js";
import { fitPicture, zoomPicture } from "../../../../web/editor/kernels/picture_view.js";
import { chunksOf, writePng } from "../../../../web/editor/kernels/png_pixels.js";
import { reachUnder } from "../../../../web/editor/kernels/soft_edges.js";

const drawn = ({ w, h, data }) => Array.from({ length: h }, (_none, y) => [...data.subarray(y * w, y * w + w)].map((value) => (value ? "#" : ".")).join(""));
const plane = (...rows) => ({ w: rows[0].length, h: rows.length, data: Uint8ClampedArray.from(rows.join(""), (sign) => (sign === "#" ? 255 : 0)) });

test("a PNG holds every byte, also the colours under full transparency", async () => {
  const data = Uint8ClampedArray.from({ length: 4 * 35 }, (_none, index) => (index * 37) % 256);
  for (let at = 3; at < data.length; at += 8) data[at] = 0;
  const png = await writePng({ w: 7, h: 5, data });
  const raw = inflateSync(Buffer.concat(chunksOf(png, "IDAT")));
  const rows = Array.from({ length: 5 }, (_none, y) => [...raw.subarray(y * 29 + 1, (y + 1) * 29)]).flat();
  assert.deepEqual(rows, [...data]);
  assert.deepEqual([...chunksOf(png, "IHDR")[0]], [0, 0, 0, 7, 0, 0, 0, 5, 8, 6, 0, 0, 0]);
});

test("a stroke covers a round tip's way, fully inside and softly at its edge", () => {
  const cover = emptyPlane(30, 9);
  coverStroke(cover, { x: 5, y: 4.5, radius: 3 }, { x: 25, y: 4.5, radius: 3 }, 1);
  assert.equal(cover.data[4 * 30 + 15], 255);
  assert.equal(cover.data[0], 0);
  assert.equal(cover.data[4 * 30 + 29], 0);
  const soft = emptyPlane(21, 21);
  coverStroke(soft, { x: 10.5, y: 10.5, radius: 10 }, { x: 10.5, y: 10.5, radius: 10 }, 0);
  assert.ok(soft.data[10 * 21 + 10] > soft.data[10 * 21 + 14] && soft.data[10 * 21 + 14] > soft.data[10 * 21 + 18]);
});

test("rectangles, outlines and areas cover what they hold", () => {
  const rectangle = emptyPlane(5, 4);
  assert.deepEqual(coverRectangle(rectangle, { x: 3.2, y: 2.5 }, { x: 1, y: 1 }), { x: 1, y: 1, w: 3, h: 2 });
  assert.deepEqual(drawn(rectangle), [".....", ".###.", ".###.", "....."]);
  const outline = emptyPlane(6, 6);
  coverOutline(outline, [{ x: 0, y: 0 }, { x: 6, y: 0 }, { x: 0, y: 6 }]);
  assert.deepEqual(drawn(outline), ["#####.", "####..", "###...", "##....", "#.....", "......"]);
  const walls = plane("..#..", "..#..", "###..", ".....");
  const area = emptyPlane(5, 4);
  assert.deepEqual(coverArea(area, { x: 0, y: 0 }, (index) => !walls.data[index]), { x: 0, y: 0, w: 2, h: 2 });
  assert.deepEqual(drawn(area), ["##...", "##...", ".....", "....."]);
  const around = emptyPlane(5, 4);
  coverArea(around, { x: 4, y: 0 }, (index) => !walls.data[index]);
  assert.deepEqual(drawn(around), ["...##", "...##", "...##", "#####"]);
  assert.equal(coverArea(emptyPlane(2, 2), { x: 5, y: 0 }, () => true).w, 0);
});

test("a stroke that goes over itself is no stronger than its opacity", () => {
  const mask = plane("...");
  const cover = emptyPlane(3, 1);
  for (let pass = 0; pass < 3; pass += 1) {
    coverRectangle(cover, { x: 0, y: 0 }, { x: 2, y: 1 });
    paintMask(mask, new Uint8ClampedArray(3), cover, { x: 0, y: 0, w: 3, h: 1 }, 255, 0.5);
  }
  assert.deepEqual([...mask.data], [128, 128, 0]);
  uncover(cover, { x: 0, y: 0, w: 3, h: 1 });
  assert.deepEqual([...cover.data], [0, 0, 0]);
});

test("masks are inverted, grown, shrunk and feathered", () => {
  const mask = plane(".....", ".....", "..#..", ".....", ".....");
  assert.deepEqual(drawn({ ...mask, data: grown(mask, 1) }), [".....", "..#..", ".###.", "..#..", "....."]);
  assert.deepEqual(grown({ ...mask, data: grown(mask, 1) }, -1), mask.data);
  assert.deepEqual(inverted(inverted(mask.data)), mask.data);
  const soft = feathered(plane("####....", "####....", "####...."), 1);
  assert.ok(soft[3] < 255 && soft[4] > 0 && soft[0] === 255 && soft[7] === 0);
  assert.deepEqual(feathered(mask, 0), mask.data);
});

test("growing takes the greatest within an octagon, whatever its size and at the edges too", () => {
  const [w, h] = [13, 9];
  const data = Uint8ClampedArray.from({ length: w * h }, (_none, index) => (index * 89) % 7 === 0 ? (index * 57) % 256 : 0);
  const isWithin = (x, y, pixels) => {
    const square = Math.floor(pixels / 2);
    return Math.max(Math.abs(x) - square, 0) + Math.max(Math.abs(y) - square, 0) <= pixels - square;
  };
  for (const pixels of [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 20]) {
    const expected = data.map((_value, at) => {
      const near = data.filter((_other, index) => isWithin((index % w) - (at % w), Math.floor(index / w) - Math.floor(at / w), pixels));
      return Math.max(...near);
    });
    assert.deepEqual(grown({ w, h, data }, pixels), expected, `${pixels} pixels`);
  }
});

/** A ring drawn by the brush around the middle of a square, and how far its ridge is from there. */
function ring(hardness, radius) {
  const [size, ridge] = [120, 40];
  const drawn = emptyPlane(size, size);
  const on = (turn) => ({ x: 60 + ridge * Math.cos(turn), y: 60 + ridge * Math.sin(turn), radius });
  for (let step = 0; step < 64; step += 1) coverStroke(drawn, on((step * Math.PI) / 32), on(((step + 1) * Math.PI) / 32), hardness);
  return { drawn, isInside: (index, by) => Math.hypot((index % size) + 0.5 - 60, Math.floor(index / size) + 0.5 - 60) < ridge - by };
}

for (const [hardness, radius] of [[1, 4], [0.8, 16], [0, 16], [0.3, 3], [0, 30]]) {
  test(`filling the inside of a stroke of hardness ${hardness} and radius ${radius} leaves no line within it`, () => {
    const { drawn, isInside } = ring(hardness, radius);
    const before = drawn.data.slice();
    const cover = emptyPlane(drawn.w, drawn.h);
    const rect = reachUnder(cover, coverArea(cover, { x: 60, y: 60 }, (index) => before[index] < 128), (index) => before[index], 255);
    paintMask(drawn, before, cover, rect, 255, 1);
    assert.deepEqual([...drawn.data.keys()].filter((index) => isInside(index, 1) && drawn.data[index] < 255), []);
    const spilt = [...drawn.data.keys()].filter((index) => !isInside(index, -2) && drawn.data[index] !== before[index]);
    assert.deepEqual(spilt, [], "outside nothing is changed");
  });
}

test("filling reaches only the rim of an even area, and erasing an area takes its soft edge along", () => {
  const { drawn } = ring(0.5, 12);
  const half = { ...drawn, data: drawn.data.map((value) => value * 0.6) };
  const cover = emptyPlane(half.w, half.h);
  reachUnder(cover, coverArea(cover, { x: 60, y: 60 }, (index) => half.data[index] < 128), (index) => half.data[index], 255);
  const row = [...cover.data.subarray(60 * 120 + 60, 60 * 120 + 120)].filter(Boolean).length;
  assert.ok(row > 30 && row <= 38, `${row} pixels are reached`);
  const gone = emptyPlane(drawn.w, drawn.h);
  const before = drawn.data.slice();
  const rect = reachUnder(gone, coverArea(gone, { x: 100, y: 60 }, (index) => before[index] >= 128), (index) => before[index], 0);
  paintMask(drawn, before, gone, rect, 0, 1);
  assert.ok(drawn.data.every((value) => value === 0));
});

test("colour fills under a soft edge: it shows where the edge lets it, and nothing else", () => {
  const data = new Uint8ClampedArray([0, 0, 0, 0, 0, 0, 0, 51, 0, 0, 0, 255]);
  const cover = { w: 3, h: 1, data: Uint8ClampedArray.from([255, 255, 255]) };
  paintLayer({ w: 3, data }, data.slice(), cover, { x: 0, y: 0, w: 3, h: 1 }, { colour: [200, 100, 0], opacity: 1, isUnder: true });
  assert.deepEqual([...data], [200, 100, 0, 255, 160, 80, 0, 255, 0, 0, 0, 255]);
});

test("a mask goes to alpha and back", () => {
  const mask = plane("#..#");
  assert.deepEqual([...maskToAlpha(mask)], [0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 0]);
  assert.deepEqual(alphaToMask(maskToAlpha(mask)), mask.data);
});

test("colours are laid over one another without their alpha multiplied in", () => {
  const data = new Uint8ClampedArray([0, 0, 255, 255, 9, 9, 9, 0]);
  const cover = { w: 2, h: 1, data: Uint8ClampedArray.from([255, 128]) };
  const rect = { x: 0, y: 0, w: 2, h: 1 };
  paintLayer({ w: 2, data }, data.slice(), cover, rect, { colour: [255, 0, 0], opacity: 0.5 });
  assert.deepEqual([...data], [128, 0, 128, 255, 255, 0, 0, 64]);
  paintLayer({ w: 2, data }, data.slice(), { ...cover, data: Uint8ClampedArray.from([255, 0]) }, rect, { colour: null, opacity: 1 });
  assert.deepEqual([...data], [128, 0, 128, 0, 255, 0, 0, 64]);
});

test("layers are flattened in order, hidden ones left out, and kept in the file", async () => {
  const layer = (id, rgba, more = {}) => ({ id, name: `Layer ${id}`, isVisible: true, opacity: 1, data: Uint8ClampedArray.from(rgba), ...more });
  const red = layer(1, [255, 0, 0, 255]);
  const green = layer(2, [0, 255, 0, 255], { opacity: 0.5 });
  const blue = layer(3, [0, 0, 255, 255], { isVisible: false });
  assert.deepEqual([...flattened([red, green, blue], 1)], [128, 128, 0, 255]);
  assert.deepEqual([...flattened(reordered([red, green], 0, 1), 1)], [255, 0, 0, 255]);
  const png = await writePng({ w: 1, h: 1, data: flattened([red], 1) }, await layerChunks([red, green, blue]));
  const { w, h, layers: kept } = await layersOf(png);
  assert.deepEqual([w, h], [1, 1]);
  assert.deepEqual(kept.map(({ name, isVisible, opacity }) => [name, isVisible, opacity]), [["Layer 1", true, 1], ["Layer 2", true, 0.5], ["Layer 3", false, 1]]);
  assert.deepEqual([...kept[1].data], [...green.data]);
  const damaged = await writePng({ w: 2, h: 2, data: new Uint8ClampedArray(16) }, await layerChunks([red]));
  assert.deepEqual((await layersOf(damaged)).layers, []);
  assert.deepEqual((await layersOf(new Uint8Array(3))).layers, []);
});

test("steps are undone and done again pixel by pixel", () => {
  const data = Uint8ClampedArray.from({ length: 12 }, (_none, index) => index);
  const rect = { x: 1, y: 1, w: 2, h: 1 };
  const old = copyRect(data, 4, 1, rect);
  assert.deepEqual([...old], [5, 6]);
  data.fill(0, 5, 7);
  const now = copyRect(data, 4, 1, rect);
  const history = new PaintHistory();
  history.push({ undo: () => pasteRect(data, 4, 1, rect, old), redo: () => pasteRect(data, 4, 1, rect, now), bytes: 4 });
  history.undo();
  assert.deepEqual([...data], Array.from({ length: 12 }, (_none, index) => index));
  assert.deepEqual([history.canUndo, history.canRedo], [false, true]);
  history.redo();
  assert.deepEqual([...data.subarray(4, 8)], [4, 0, 0, 7]);
  assert.deepEqual(around({ x: 0, y: 0, w: 1, h: 1 }, rect), { x: 0, y: 0, w: 3, h: 2 });
});

test("a picture is fitted, and zooming keeps the point under the pointer", () => {
  const view = fitPicture({ w: 100, h: 50 }, { w: 240, h: 240 }, 20);
  assert.deepEqual(view, { scale: 2, x: 20, y: 70 });
  const zoomed = zoomPicture(view, { x: 120, y: 120 }, 3);
  assert.deepEqual([(120 - zoomed.x) / zoomed.scale, (120 - zoomed.y) / zoomed.scale], [50, 25]);
});
