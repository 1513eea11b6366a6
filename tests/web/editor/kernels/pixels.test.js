import assert from "node:assert/strict";
import { test } from "node:test";

import { isWhole, onPixel } from "../../../../web/editor/kernels/pixels.js";

test("what is kept of a picture lies on its pixels wherever the view has come to rest", () => {
  for (const view of [0, 17, 0.1 + 0.2, 123.456789, -987.654321, 1e5 / 3]) {
    const kept = view + 400;
    assert.ok(isWhole(view - kept), `at ${view}`);
    assert.equal(onPixel(view - kept), -400);
  }
});

test("a place between pixels stays there", () => {
  assert.ok(!isWhole(0.25));
  assert.equal(onPixel(-3.5), -3.5);
});
