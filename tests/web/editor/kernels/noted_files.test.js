// Files that only a workflow's notes name.
import assert from "node:assert/strict";
import test from "node:test";
import { notedFiles, notThere } from "../../../../web/editor/kernels/noted_files.js";

const models = [
  { name: "a.pth", url: "https://example.org/a", directory: "vae_approx" },
  { name: "b.pt", url: "https://example.org/b", directory: "embeddings" },
  { name: "nowhere.pt" },
];
const workflow = {
  nodes: [
    { id: 1, type: "CheckpointLoaderSimple", properties: { models: [{ name: "c.pt", directory: "checkpoints" }] } },
    { id: 2, type: "MarkdownNote", title: "Files", properties: { models } },
    { id: 3, type: "Note" },
  ],
  links: [],
};

test("notes name files with their kind and address; a loader's are its widgets' business", () => {
  const noted = notedFiles(workflow).map(({ type, value, kind, url, nodes }) => ({ type, value, kind, url, nodes }));
  assert.deepEqual(noted, [
    { type: "Files", value: "a.pth", kind: "vae_approx", url: "https://example.org/a", nodes: ["2"] },
    { type: "Files", value: "b.pt", kind: "embeddings", url: "https://example.org/b", nodes: ["2"] },
  ]);
});

test("those that the server has, in whatever folder of the kind, are not missing, nor are kinds that it does not tell", () => {
  const values = (there) => notThere(notedFiles(workflow), there).map(({ value }) => value);
  assert.deepEqual(values({ vae_approx: ["sub/a.pth"], embeddings: [] }), ["b.pt"]);
  assert.deepEqual(values({ embeddings: ["x/b.pt"] }), []);
});
