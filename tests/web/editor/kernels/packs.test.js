// What packs' scripts do wrong is told by name, and what they harm or never end is left behind.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Blame } from "../../../../web/editor/compat/blame.js";
import { Extensions } from "../../../../web/editor/compat/extensions.js";
import { giveBack, isReadable } from "../../../../web/editor/compat/harm.js";
import { livingList, Slots } from "../../../../web/editor/compat/written.js";
import { learnPackTexts } from "../../../../web/editor/compat/words.js";
import { packOf } from "../../../../web/editor/kernels/pack_of.js";

await learnPackTexts();

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
});

test("what leaves a living list, or comes into it, is told however the list is changed", () => {
  const told = /** @type {string[]} */ ([]);
  const make = () => livingList(["a", "b", "c"], (gone) => told.push(`-${gone}`), (added) => told.push(`+${added}`));
  const saying = (/** @type {(list: string[]) => void} */ change) => (change(make()), told.splice(0).join(" "));
  assert.equal(saying((list) => (list.length = 1)), "-b -c");
  assert.equal(saying((list) => list.splice(1, 1)), "-b");
  assert.equal(saying((list) => list.splice(0, 1, "x", "y")), "-a +x +y");
  assert.equal(saying((list) => (list.pop(), list.shift())), "-c -a");
  assert.equal(saying((list) => list.unshift(/** @type {string} */ (list.pop()))), "-c +c");
  assert.equal(saying((list) => list.reverse()), "");
  assert.throws(() => make().push.call(livingList([1], () => {}, () => { throw new Error("no"); }), 2), /no/);
});

test("an error's pack is read from its stack", () => {
  const error = new Error("x");
  error.stack = "Error: x\n    at f (http://localhost:8188/extensions/my%20pack/js/a.js:3:4)";
  assert.equal(packOf(error), "my pack");
  assert.equal(packOf(new Error("of the page")), "");
  assert.equal(packOf("no error"), "");
});
