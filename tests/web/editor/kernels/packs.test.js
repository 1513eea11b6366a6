// What packs' scripts do wrong is told by name, and what they harm or never end is left behind.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Blame } from "../../../../web/editor/compat/blame.js";
import { Extensions } from "../../../../web/editor/compat/extensions.js";
import { giveBack, isReadable } from "../../../../web/editor/compat/harm.js";
import { fixedList, Slots } from "../../../../web/editor/compat/written.js";
import { packOf } from "../../../../web/editor/kernels/pack_of.js";

test("a hook that never ends, and one that throws, keep no other from its turn and are told by name", async () => {
  const blame = new Blame(() => {});
  const extensions = new Extensions(blame, 20);
  const seen = /** @type {string[]} */ ([]);
  extensions.add({ name: "endless", setup: () => new Promise(() => {}) });
  extensions.add({ name: "failing", setup: () => { throw new Error("no luck"); } });
  extensions.add({ name: "rejecting", setup: async () => { throw new Error("no luck either"); } });
  extensions.add({ name: "good", setup: async () => void seen.push("good") });
  console.error = () => {};
  await extensions.wait("setup");
  assert.deepEqual(seen, ["good"]);
  assert.equal(blame.told.length, 3);
  for (const [name, word] of [["endless", "not ended"], ["failing", "no luck"], ["rejecting", "no luck either"]]) {
    assert.ok(blame.told.some((text) => text.includes(`“${name}”`) && text.includes(word)), name);
  }
});

test("a declaration that a script has made unreadable is given back", () => {
  const whole = { name: "A", input: { required: { n: ["INT", { default: 3 }] } }, output: ["IMAGE"] };
  const definitions = /** @type {any} */ ({ A: structuredClone(whole) });
  assert.ok(isReadable(definitions.A));
  definitions.A.input.required.n = null;
  assert.ok(!isReadable(definitions.A));
  const held = definitions.A;
  assert.match(giveBack(definitions, "A", /** @type {any} */ (whole)).message, /“A”/);
  assert.deepEqual(definitions.A, whole);
  assert.equal(definitions.A, held);
});

test("what a script writes into a slot is told, the stored slot stays, and lists refuse with a remedy", () => {
  const stored = [{ name: "a", link: null }];
  const written = /** @type {any[]} */ ([]);
  const slots = new Slots();
  const read = () => slots.of("inputs", stored, (...write) => written.push(write));
  read()[0].label = "A!";
  assert.deepEqual(written, [[0, "label", "A!"]]);
  assert.deepEqual(stored, [{ name: "a", link: null }]);
  assert.equal(read().indexOf(read()[0]), 0);
  assert.throws(() => read().push({}), /node\.inputs.*addInput, removeInput/);
  assert.throws(() => (fixedList("node.widgets", [1], "removeWidget").length = 0), /removeWidget/);
});

test("an error's pack is read from its stack", () => {
  const error = new Error("x");
  error.stack = "Error: x\n    at f (http://localhost:8188/extensions/my%20pack/js/a.js:3:4)";
  assert.equal(packOf(error), "my pack");
  assert.equal(packOf(new Error("of the page")), "");
  assert.equal(packOf("no error"), "");
});
