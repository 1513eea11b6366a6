// Commands run in the order in which they were asked for, also while what one of them needs is still on its way.
import assert from "node:assert/strict";
import test from "node:test";
import { Commands } from "../../../../web/editor/commands/registry.js";
import { givenBack } from "../../../../web/editor/panels/shortcuts.js";

test("a command waits for one before it that is still being loaded, and afterwards both run at once", async () => {
  const ran = [];
  let arrive = () => {};
  const commands = new Commands();
  commands.add([
    { id: "late", load: () => new Promise((resolve) => (arrive = resolve)), run: () => void ran.push("late") },
    { id: "next", enabled: () => ran.length > 0, run: () => void ran.push("next") },
  ]);
  commands.run("late");
  commands.run("next");
  await new Promise(setImmediate);
  assert.deepEqual(ran, []);
  arrive();
  await new Promise(setImmediate);
  assert.deepEqual(ran, ["late", "next"]);
  commands.run("late");
  commands.run("next");
  assert.deepEqual(ran, ["late", "next", "late", "next"]);
});

test("a key that a command gives back goes to the command that lost it", () => {
  const commands = new Commands();
  commands.add([
    { id: "mute", keys: ["Ctrl+M"], run: () => {} },
    { id: "bypass", keys: ["Ctrl+B"], run: () => {} },
    { id: "delete", keys: ["Delete", "Backspace"], run: () => {} },
  ]);
  assert.deepEqual(givenBack(commands, { mute: ["Ctrl+B"], bypass: [] }, "mute"), {});
  assert.deepEqual(givenBack(commands, { mute: ["Delete"], delete: ["Backspace"] }, "mute"), {});
  assert.deepEqual(givenBack(commands, { mute: ["X"], bypass: ["Y"] }, "mute"), { bypass: ["Y"] });
  assert.deepEqual(givenBack(commands, { mute: ["X"], bypass: ["Ctrl+M"] }, "mute"), { bypass: [] });
  commands.rebind({ bypass: ["Ctrl+M"], mute: [] });
  assert.equal(commands.ownerOf("ctrl+m")?.id, "bypass");
});
