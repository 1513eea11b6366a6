// Workflows become the prompts that the reference front end makes of them.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parseJson } from "../../../../web/editor/document/json.js";
import { isFlat, toPrompt } from "../../../../web/editor/kernels/conversion.js";

const reference = process.env.SKEIN_REFERENCE ?? "";
const definitions = reference ? parseJson(readFileSync(join(reference, "object_info.json"), "utf8")) : {};

const FRONT_END_ONLY = ["image", "audioUI", "preview"];

for (const folder of ["conversion", "workflows"]) {
  const path = join(reference, folder);
  const names = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".api.json")) : [];
  for (const name of names) {
    const workflow = parseJson(readFileSync(join(path, name.replace(".api.json", ".json")), "utf8"));
    const expected = parseJson(readFileSync(join(path, name), "utf8"));
    test(`${folder}/${name.replace(".api.json", "")} converts`, { skip: !isFlat(workflow) && "has subgraphs" }, () => {
      if (expected.error) {
        assert.throws(() => toPrompt(workflow, definitions));
        return;
      }
      const prompt = JSON.parse(JSON.stringify(toPrompt(workflow, definitions)));
      assert.deepEqual(comparable(prompt), comparable(expected));
    });
  }
}

/** Without titles (they differ between releases) and the widgets that exist in the reference front end only. */
function comparable(prompt) {
  return Object.fromEntries(
    Object.entries(prompt).map(([id, { _meta, inputs, ...rest }]) => {
      const sent = Object.entries(inputs).filter(([name, value]) => !(FRONT_END_ONLY.includes(name) && value === ""));
      return [id, { ...rest, inputs: Object.fromEntries(sent) }];
    }),
  );
}
