// What is known about a run after each message of the server.
import assert from "node:assert/strict";
import test from "node:test";
import { cardOf, IDLE, overallProgress, queued, reduce, withErrors } from "../../../../web/editor/kernels/run_state.js";

const RUN = "run-1";
const play = (state, ...messages) => messages.reduce((now, [type, data]) => reduce(now, { type, data: { prompt_id: RUN, ...data } }), state);
const started = () => play(queued(IDLE, RUN, ["1", "2", "3:7"]), ["execution_start", {}], ["execution_cached", { nodes: ["1"] }]);

test("cards wait, run and finish in turn", () => {
  const state = play(started(), ["executing", { node: "2" }], ["progress", { node: "2", value: 5, max: 10 }]);
  assert.equal(state.nodes["1"].state, "cached");
  assert.equal(state.nodes["3"].state, "waiting");
  assert.deepEqual([state.nodes["2"].state, state.nodes["2"].value], ["running", 5]);
  assert.ok(Math.abs(overallProgress(state) - 0.5) < 1e-9);
  const next = play(state, ["executing", { node: "3:7", display_node: "3:7" }]);
  assert.equal(next.nodes["2"].state, "finished");
  assert.equal(next.node, "3");
});

test("results stay on their card until the next ones come", () => {
  const images = [{ filename: "a.png" }];
  const done = play(started(), ["executed", { node: "2", output: { images } }], ["execution_success", {}], ["executing", { node: null }]);
  assert.deepEqual(done.pending, []);
  assert.equal(done.promptId, null);
  assert.deepEqual(done.nodes["2"].pictures, images);
  const again = reduce(queued(done, "run-2", ["2"]), { type: "execution_start", data: { prompt_id: "run-2" } });
  assert.deepEqual(again.nodes["2"].pictures, images);
  assert.equal(again.nodes["2"].state, "waiting");
});

test("an error ends the run and stays on its card", () => {
  const failed = { node_id: "2", exception_message: "toys break", exception_type: "ValueError", traceback: ["a\n", "b\n"] };
  const state = play(started(), ["executing", { node: "2" }], ["execution_error", failed], ["executing", { node: null }]);
  assert.equal(state.nodes["2"].state, "failed");
  assert.equal(state.nodes["2"].error.message, "toys break");
  assert.equal(state.nodes["3"].state, undefined);
  assert.deepEqual(state.pending, []);
});

test("an interrupted run leaves no card waiting", () => {
  const state = play(started(), ["executing", { node: "2" }], ["execution_interrupted", { node_id: "2" }]);
  assert.equal(state.nodes["2"].state, undefined);
  assert.equal(state.nodes["3"].state, undefined);
  assert.equal(state.promptId, null);
});

test("new errors replace the old ones", () => {
  const error = { message: "m", details: "", inputs: {} };
  const state = withErrors(withErrors(IDLE, { 1: error }), { 2: error });
  assert.equal(state.nodes["1"].error, undefined);
  assert.equal(state.nodes["2"].state, "failed");
});

test("unknown messages change nothing and inner nodes belong to the outer card", () => {
  assert.equal(reduce(IDLE, { type: "crystools.monitor", data: {} }), IDLE);
  assert.equal(cardOf("5:7:11"), "5");
});
