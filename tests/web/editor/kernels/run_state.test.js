// What is known about a run after each message of the server.
import assert from "node:assert/strict";
import test from "node:test";
import { durationWords, progressOf, speedWords } from "../../../../web/editor/kernels/progress.js";
import { cardOf, cardsOf, cardsWithin, showing, withErrors, withoutFile } from "../../../../web/editor/kernels/run_cards.js";
import { finish, IDLE, introduced, queued, reduce, runningPrompt, waitingAgain, withoutParts } from "../../../../web/editor/kernels/run_state.js";
import { neededCards, neededFor, outputTargets } from "../../../../web/editor/kernels/targets.js";

const RUN = "run-1";
const play = (state, ...messages) => messages.reduce((now, [type, data]) => reduce(now, { type, data: { prompt_id: RUN, ...data } }), state);
const started = () => play(queued(IDLE, RUN, ["1", "2", "3:7"]), ["execution_start", {}], ["execution_cached", { nodes: ["1"] }]);

test("cards wait, run and finish in turn", () => {
  const state = play(started(), ["executing", { node: "2" }], ["progress", { node: "2", value: 5, max: 10 }]);
  assert.equal(state.nodes["1"].state, "cached");
  assert.equal(state.nodes["3"].state, "waiting");
  assert.deepEqual([state.nodes["2"].state, state.nodes["2"].value], ["running", 5]);
  const next = play(state, ["executing", { node: "3:7", display_node: "3:7" }]);
  assert.equal(next.nodes["2"].state, "finished");
  assert.equal(runningPrompt(next).node, "3");
});

test("a prompt that was refused or cancelled before it began takes no marks off the run that goes on", () => {
  const running = play(started(), ["executing", { node: "2" }]);
  const over = finish(queued(running, "run-2", ["1", "2"]), "run-2");
  assert.deepEqual(over.nodes, running.nodes);
  assert.deepEqual(over.pending, [RUN]);
  assert.equal(finish(over, RUN).nodes["3"].state, undefined);
});

test("a file that was deleted is on no card of any workflow", () => {
  const [gone, kept] = [{ filename: "a.png", subfolder: "", type: "output" }, { filename: "b.png" }];
  const state = { ...IDLE, shown: "w", nodes: { 1: { state: "finished", pictures: [gone, kept] } }, parked: { v: { 2: { pictures: [{ filename: "a.png" }] } } } };
  const after = withoutFile(state, gone);
  assert.deepEqual(after.nodes, { 1: { state: "finished", pictures: [kept] } });
  assert.deepEqual(after.parked.v, { 2: { pictures: [] } });
});

test("only what the outputs of a prompt need waits for its run", () => {
  const prompt = {
    1: { class_type: "Load", inputs: { name: "a" } },
    2: { class_type: "Change", inputs: { image: ["1", 0], sizes: [1, 2] } },
    3: { class_type: "Save", inputs: { image: ["2", 0] } },
    4: { class_type: "Load", inputs: {} },
    5: { class_type: "Save", inputs: { image: ["4", 0], lost: ["9", 0] } },
    6: { class_type: "Load", inputs: {} },
  };
  assert.deepEqual(neededFor(prompt, ["3"]).sort(), ["1", "2", "3"]);
  assert.deepEqual(neededFor(prompt, ["3", "5"]).sort(), ["1", "2", "3", "4", "5"]);
});

test("of a workflow that is sent whole the cards wait that its outputs need, also an output inside a subgraph", () => {
  const definitions = { Load: { output: ["IMAGE"] }, Save: { output_node: true } };
  const inside = { id: "inside", nodes: [{ id: 7, type: "Save" }] };
  const node = (id, type, more = {}) => ({ id, type, ...more });
  const workflow = {
    nodes: [node(1, "Load"), node(2, "inside"), node(3, "Load"), node(4, "Save", { mode: 2 }), node(5, "Load", { mode: 4 }), node(6, "Save"), node(8, "Reroute")],
    links: [[1, 1, 0, 8, 0, "IMAGE"], [2, 8, 0, 2, 0, "IMAGE"], [3, 3, 0, 4, 0, "IMAGE"], [4, 5, 0, 6, 0, "IMAGE"]],
    definitions: { subgraphs: [inside] },
  };
  assert.deepEqual(neededCards(workflow, definitions).sort(), ["1", "2", "6"]);
  assert.deepEqual(neededCards(workflow, definitions, ["2:7"]).sort(), ["1", "2"]);
});

test("why the queue cannot be worked off is known until it can", () => {
  const troubled = play(started(), ["status", { status: { exec_info: { queue_remaining: 2 }, trouble: "disk is full" } }]);
  assert.deepEqual([troubled.waiting, troubled.trouble], [2, "disk is full"]);
  assert.equal(play(troubled, ["status", { status: { exec_info: { queue_remaining: 1 } } }]).trouble, "");
});

test("results stay on their card until the next ones come", () => {
  const images = [{ filename: "a.png" }];
  const done = play(started(), ["executed", { node: "2", output: { images } }], ["execution_success", {}], ["executing", { node: null }]);
  assert.deepEqual(done.pending, []);
  assert.equal(runningPrompt(done), null);
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

test("a node whose failure is told among the states of all nodes has failed", () => {
  const nodes = { 2: { state: "error", value: 0, max: 1 }, "3:7": { state: "pending", value: 0, max: 1 } };
  const state = play(started(), ["executing", { node: "2" }], ["progress_state", { nodes }]);
  assert.equal(state.nodes["2"].state, "failed");
  assert.equal(state.nodes["3"].state, "waiting");
});

test("an interrupted run leaves no card waiting, and the one that ran says that it was cancelled", () => {
  const state = play(started(), ["executing", { node: "2" }], ["execution_interrupted", { node_id: "2" }]);
  assert.equal(state.nodes["2"].state, "cancelled");
  assert.equal(state.nodes["3"].state, undefined);
  assert.equal(runningPrompt(state), null);
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

test("a prompt of another workflow changes its own cards and not those that are open", () => {
  const open = introduced(showing(IDLE, "mine"), RUN, { nodes: ["1", "2"], workflow: "other" });
  const state = play(open, ["execution_start", {}], ["executing", { node: "2" }], ["executed", { node: "2", output: { images: [{ filename: "a.png" }] } }]);
  assert.deepEqual(state.nodes, {});
  assert.equal(cardsOf(state, "other")["1"].state, "waiting");
  assert.equal(runningPrompt(state).workflow, "other");
  const other = showing(state, "other");
  assert.equal(other.nodes["2"].pictures[0].filename, "a.png");
  assert.deepEqual(showing(other, "mine").nodes, {});
});

test("a prompt that waits again after the server was started anew leaves nothing running", () => {
  const again = waitingAgain(play(started(), ["executing", { node: "2" }]), RUN);
  assert.equal(runningPrompt(again), null);
  assert.deepEqual(again.pending, [RUN]);
  assert.deepEqual(["2", "3"].map((id) => again.nodes[id].state), [undefined, undefined]);
  assert.equal(runningPrompt(play(again, ["execution_start", {}]))?.promptId, RUN);
});

test("the prompt that began first is shown until it ends, then the next", () => {
  const both = play(introduced(introduced(IDLE, "a", { nodes: [], workflow: "" }), "b", { nodes: [], workflow: "" }), [
    "execution_start",
    { prompt_id: "a" },
  ], ["execution_start", { prompt_id: "b" }], ["executing", { prompt_id: "b", node: "1" }]);
  assert.equal(runningPrompt(both).promptId, "a");
  assert.equal(runningPrompt(play(both, ["execution_success", { prompt_id: "a" }])).promptId, "b");
});

test("a node kept from running does not end its prompt", () => {
  const blocked = { node_id: "2", exception_message: "no", exception_type: "ExecutionBlocked", traceback: [] };
  const state = play(started(), ["execution_error", blocked]);
  assert.equal(state.nodes["2"].state, "failed");
  assert.equal(runningPrompt(state).promptId, RUN);
});

test("speed is measured from the first step; the share and the time that other cards took are told", () => {
  const at = (state, now, type, data) => reduce(state, { type, data: { prompt_id: RUN, ...data } }, now);
  let state = queued(IDLE, RUN, ["1", "2"]);
  state = at(state, 0, "execution_start", {});
  state = at(state, 0, "executing", { node: "1" });
  state = at(state, 9000, "progress", { node: "1", value: 1, max: 11 });
  assert.equal(progressOf(state, 9100).perSecond, null);
  state = at(state, 11000, "progress", { node: "1", value: 5, max: 11 });
  assert.equal(progressOf(state, 11000).perSecond, 2);
  assert.equal(progressOf(state, 11000).secondsLeft, 3);
  state = at(state, 11000, "progress_state", { nodes: {}, share: 0.25, seconds_ahead: 4 });
  assert.deepEqual([progressOf(state, 11000).share, progressOf(state, 11000).secondsLeft], [0.25, 7]);
  state = at(state, 14000, "executing", { node: "2" });
  assert.deepEqual([progressOf(state, 14000).share, progressOf(state, 14000).secondsLeft], [0.25, null]);
  state = at(state, 18000, "executing", { node: null });
  state = at(queued(state, "again", ["1", "2"]), 20000, "execution_start", { prompt_id: "again" });
  assert.equal(progressOf(state, 20000).share, 0);
});

test("durations and speeds are said in words", () => {
  assert.deepEqual([0.25, 4.2, 42, 125, 3729].map(durationWords), ["0.25 s", "4.2 s", "42 s", "2:05 min", "1:02:09 h"]);
  assert.deepEqual([3.14, 0.5].map(speedWords), ["3.1 it/s", "2.0 s/it"]);
});

test("the targets of a selection are its outputs, inside subgraphs too, without what is muted", () => {
  const definitions = { Save: { name: "Save", input: {}, output_node: true }, Make: { name: "Make", input: {} } };
  const inner = [{ id: 7, type: "Save" }, { id: 8, type: "Save", mode: 2 }];
  const nodes = [{ id: 1, type: "Make" }, { id: 2, type: "Save" }, { id: 3, type: "sub" }, { id: 4, type: "Save", mode: 4 }];
  const workflow = { nodes, links: [], definitions: { subgraphs: [{ id: "sub", nodes: inner }] } };
  assert.deepEqual(outputTargets(workflow, new Set(["1", "2", "3", "4"]), definitions), ["2", "3:7"]);
});

test("what happens inside a subgraph is shown on the cards of every depth", () => {
  const state = play(queued(IDLE, RUN, ["5"]), ["execution_start", {}], ["executing", { node: "5:7:11" }]);
  assert.deepEqual(["5", "5:7", "5:7:11"].map((id) => state.nodes[id].state), ["running", "running", "running"]);
  const next = play(state, ["executing", { node: "5:8" }]);
  assert.deepEqual(["5", "5:7", "5:7:11", "5:8"].map((id) => next.nodes[id].state), ["running", "finished", "finished", "running"]);
  assert.deepEqual(Object.keys(cardsWithin(next.nodes, "5:")).sort(), ["7", "7:11", "8"]);
});

test("what runs have left on the cards of open workflows is kept, however many others have run since", () => {
  const images = [{ filename: "a.png" }];
  const done = play(started(), ["executed", { node: "2", output: { images } }], ["execution_success", {}]);
  let state = showing({ ...showing(done, "mine"), open: ["mine", "hidden"] }, "hidden");
  state = reduce(queued(state, "run-3", ["2"]), { type: "executed", data: { node: "2", output: { images }, prompt_id: "run-3" } });
  state = showing(state, "mine");
  for (let index = 0; index < 60; index += 1) {
    const promptId = `theirs-${index}`;
    const begun = reduce(introduced(state, promptId, { nodes: ["2"], workflow: `prompt ${promptId}` }), { type: "execution_start", data: { prompt_id: promptId } });
    state = reduce(begun, { type: "execution_success", data: { prompt_id: promptId } });
  }
  assert.deepEqual(cardsOf(state, "hidden")["2"].pictures, images);
  assert.ok(Object.keys(state.parked).length < 30);
  assert.equal(cardsOf(state, "prompt theirs-0")["2"], undefined);
});

test("a node that was refused keeps its error while the rest of its prompt runs, and only then", () => {
  const error = { message: "nothing feeds it", details: "", inputs: {} };
  const accepted = withErrors(withoutParts(queued(IDLE, RUN, ["1", "2"]), RUN, ["2"]), { 2: error });
  const running = play(accepted, ["execution_start", {}]);
  assert.deepEqual([running.nodes["2"].error, running.nodes["2"].state, running.nodes["1"].state], [error, "failed", "waiting"]);
  assert.equal(play(running, ["execution_success", {}]).nodes["2"].error, error);
  const again = reduce(queued(running, "run-2", ["1", "2"]), { type: "execution_start", data: { prompt_id: "run-2" } });
  assert.deepEqual([again.nodes["2"].error, again.nodes["2"].state], [undefined, "waiting"]);
});
