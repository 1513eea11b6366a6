// What is run to see one picture on its way through a workflow.
import assert from "node:assert/strict";
import test from "node:test";
import { promptOfPicture } from "../../../../web/editor/kernels/upstream.js";

const node = (type, inputs) => ({ class_type: type, inputs });

test("only what a link needs is run, with a node that shows it; where nothing is linked, nothing", () => {
  const prompt = {
    1: node("LoadImage", { image: "a.png" }),
    2: node("ImageInvert", { image: ["1", 0] }),
    "5:7": node("Painter", { image: ["2", 0], mask: "", width: 512 }),
    8: node("SaveImage", { images: ["5:7", 0] }),
    9: node("LoadImage", { image: "b.png" }),
  };
  const part = promptOfPicture(prompt, "5:7", "image");
  assert.deepEqual(Object.keys(part).sort(), ["1", "2", "look"]);
  assert.deepEqual(part.look, node("PreviewImage", { images: ["2", 0] }));
  assert.equal(promptOfPicture(prompt, "5:7", "mask"), null);
  assert.equal(promptOfPicture(prompt, "1", "image"), null);
  assert.equal(promptOfPicture(prompt, "missing", "image"), null);
});
