// The document: lossless JSON, and a history that brings back every earlier state exactly.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { findDamage } from "../../../../web/editor/document/damage.js";
import { WorkflowDocument } from "../../../../web/editor/document/document.js";
import { changeNode, moveNodes, removeNodes, resizeNode, setTitle, toggleMode } from "../../../../web/editor/document/edits.js";
import { gestureKey, History } from "../../../../web/editor/document/history.js";
import { parseJson, writeJson } from "../../../../web/editor/document/json.js";
import { linksById, nodesById } from "../../../../web/editor/document/workflow.js";
import { connect } from "../../../../web/editor/kernels/connecting.js";
import { copyNodes, pasteNodes } from "../../../../web/editor/kernels/copying.js";

const DEFAULT = readFileSync(join(import.meta.dirname, "../../../../web/editor/default_workflow.json"), "utf8");

test("whole numbers of 64 bits survive reading and writing", () => {
  const text = '{"seed":18446744073709551615,"small":7,"words":"18446744073709551615","pi":3.1415926535897931}';
  const value = parseJson(text);
  assert.equal(value.seed, 18446744073709551615n);
  assert.equal(value.words, "18446744073709551615");
  assert.equal(writeJson(value), text.replace("3.1415926535897931", "3.141592653589793"));
});

test("long digits inside texts are left alone", () => {
  const text = '["1234567890123456789","\\"1234567890123456789","a\\\\"]';
  assert.equal(writeJson(parseJson(text)), text);
});

test("a damaged workflow is told by the part that cannot be read", () => {
  const node = { id: 1, type: "KSampler", pos: [0, 0] };
  const link = [1, 1, 0, 2, 0, "MODEL"];
  const cases = [
    [{ nodes: [null] }, /no id or no type/],
    [{ nodes: [{ id: 1 }] }, /no id or no type/],
    [{ nodes: [{ ...node, pos: "x" }] }, /pos of node 1/],
    [{ nodes: [{ ...node, inputs: 3 }] }, /inputs of node 1/],
    [{ nodes: [{ ...node, widgets_values: 7 }] }, /widgets_values of node 1/],
    [{ nodes: [node], links: 5 }, /its links/],
    [{ nodes: [node], links: [link, 3] }, /its links/],
    [{ nodes: [node], groups: 7 }, /its groups/],
    [{ nodes: [node], groups: [{ title: "x" }] }, /its groups/],
  ];
  for (const [workflow, expected] of cases) assert.match(findDamage(workflow), expected);
  const fine = { ...node, pos: { 0: 1, 1: 2 }, inputs: null, outputs: [{ name: "A", type: "B", links: null }], widgets_values: { a: 1 } };
  for (const workflow of [parseJson(DEFAULT), { nodes: [] }, { nodes: [fine, { ...node, id: "a:1" }], links: [link, null] }]) {
    assert.equal(findDamage(workflow), "");
  }
});

test("typing is one step of the history, and a pause starts another", () => {
  const history = new History("a");
  history.push("ab", "Type", "text", null, 0);
  history.push("abc", "Type", "text", null, 300);
  history.push("abcd", "Type", "text", null, 9000);
  history.undo();
  assert.equal(history.value, "abc");
  history.undo();
  assert.equal(history.value, "a");
  history.redo();
  assert.equal(history.value, "abc");
});

test("a gesture that is taken back leaves no step, and what could be redone before can be redone still", () => {
  const history = new History("a");
  const key = gestureKey("resize 5", 1);
  history.push("b", "Type");
  history.push("c", "Type");
  history.undo();
  history.push("b1", "Resize", key);
  history.push("b2", "Resize", key);
  assert.equal(history.retract(gestureKey("resize 5", 2)), false);
  assert.equal(history.retract(key), true);
  assert.equal(history.retract(key), false);
  assert.equal(history.value, "b");
  history.redo();
  assert.equal(history.value, "c");
});

test("random edits and as many undos give the saved file back byte for byte", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = randomFrom(seed);
    const open = new WorkflowDocument(parseJson(DEFAULT), "x");
    const states = [writeJson(open.workflow)];
    for (let step = 0; step < 30; step += 1) {
      const before = open.workflow;
      open.edit("edit", (workflow) => randomEdit(workflow, random));
      if (open.workflow !== before) states.push(writeJson(open.workflow));
      assertConsistent(open.workflow);
    }
    for (const expected of [...states].reverse().slice(1)) {
      open.undo();
      assert.equal(writeJson(open.workflow), expected);
    }
    for (const expected of states.slice(1)) {
      open.redo();
      assert.equal(writeJson(open.workflow), expected);
    }
  }
});

/** Both ends of every link agree with it, and no slot names a link that is not there. */
function assertConsistent(workflow) {
  const nodes = nodesById(workflow);
  const links = linksById(workflow);
  for (const link of links.values()) {
    const slot = nodes.get(String(link.to)).inputs.find((input) => input.link === link.id);
    assert.ok(slot, `link ${link.id} has no input`);
    assert.ok(nodes.get(String(link.from)).outputs[link.fromSlot].links.includes(link.id));
  }
  for (const node of nodes.values()) {
    for (const input of node.inputs ?? []) assert.ok(input.link == null || links.has(input.link));
    for (const output of node.outputs ?? []) for (const id of output.links ?? []) assert.ok(links.has(id));
  }
}

function randomEdit(workflow, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  if (!workflow.nodes.length) return workflow;
  const id = String(pick(workflow.nodes).id);
  const ids = new Set([id, String(pick(workflow.nodes).id)]);
  const edits = [
    () => moveNodes(workflow, ids, { x: Math.floor(random() * 90), y: 1 }),
    () => resizeNode(workflow, id, [200 + Math.floor(random() * 50), 100]),
    () => setTitle(workflow, id, pick(["", "a", "b"])),
    () => toggleMode(workflow, ids, pick([2, 4])),
    () => (random() < 0.2 ? removeNodes(workflow, new Set([id])) : workflow),
    () => changeNode(workflow, id, (node) => ({ ...node, widgets_values: [random()] })),
    () => pasteNodes(workflow, copyNodes(workflow, ids), null).workflow,
    () => randomLink(workflow, pick, random),
  ];
  return pick(edits)();
}

function randomLink(workflow, pick, random) {
  const source = pick(workflow.nodes.filter((node) => node.outputs?.length).concat(workflow.nodes[0]));
  const target = pick(workflow.nodes.filter((node) => node.inputs?.length).concat(workflow.nodes[0]));
  if (!source.outputs?.length || !target.inputs?.length) return workflow;
  const from = Math.floor(random() * source.outputs.length);
  const index = Math.floor(random() * target.inputs.length);
  const output = { ...source.outputs[from], index: from };
  return connect(workflow, { node: String(source.id), slot: output }, { node: String(target.id), slot: { ...target.inputs[index], index } });
}

/** Mulberry32: the same numbers for the same seed. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test("a gesture is one step however long it rests, typing is not", () => {
  for (const [key, steps] of [[gestureKey("resize 1", 5), 1], ["typing", 2]]) {
    const history = new History(0);
    history.push(1, "a", key, null, 0);
    history.push(2, "a", key, null, 60_000);
    history.undo();
    assert.equal(history.value, steps === 1 ? 0 : 1, key);
  }
});
