// Every official sample workflow opens, is saved with the same meaning, and converts after that as it did before.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parseJson, writeJson } from "../../../../web/editor/document/json.js";
import { openText } from "../../../../web/editor/document/opening.js";
import { isFlat, toPrompt } from "../../../../web/editor/kernels/conversion.js";
import { flatten } from "../../../../web/editor/kernels/unpack.js";
import { withNames } from "../../../../web/editor/kernels/named_values.js";
import { meaning } from "./meaning.js";

const reference = process.env.SKEIN_REFERENCE ?? "";
const folder = join(reference, "workflows");
const definitions = reference ? parseJson(readFileSync(join(reference, "object_info.json"), "utf8")) : {};
const names = reference && existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json") && !name.endsWith(".api.json")) : [];

for (const name of names) {
  const text = readFileSync(join(folder, name), "utf8");
  const original = parseJson(text);

  test(`${name} opens and is saved with nothing lost`, async () => {
    const saved = await openedAndSaved(text, name);
    assert.deepEqual(withoutNames(saved), original);
    assert.deepEqual(Object.keys(saved), Object.keys(original));
  });

  test(`${name} opens from the saved file as the prompt that it was`, async () => {
    const saved = await openedAndSaved(text, name);
    const { workflow } = await openText(writeJson(saved), name, definitions);
    assert.deepEqual(promptOrRefusal(workflow), promptOrRefusal(original));
    const path = join(folder, name.replace(".json", ".api.json"));
    const expected = existsSync(path) ? parseJson(readFileSync(path, "utf8")) : null;
    if (!expected || expected.error) return;
    assert.deepEqual(meaning(promptOrRefusal(workflow)), meaning(expected));
  });
}

test("the samples are there where the reference is", { skip: !reference && "no reference" }, () => {
  assert.ok(names.length >= 50, `only ${names.length} samples in ${folder}`);
});

/** The file's text as the editor saves it after opening it, as JSON. */
async function openedAndSaved(text, name) {
  const { workflow } = await openText(text, name, definitions);
  return parseJson(writeJson(withNames(workflow, definitions), 2));
}

/** Without the values by name, which are written beside those by position. */
function withoutNames(workflow) {
  if (Array.isArray(workflow)) return workflow.map(withoutNames);
  if (!workflow || typeof workflow !== "object") return workflow;
  const kept = Object.entries(workflow).filter(([key]) => key !== "widgets_values_named");
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutNames(value)]));
}

function promptOrRefusal(workflow) {
  try {
    return toPrompt(isFlat(workflow) ? workflow : flatten(workflow, definitions), definitions);
  } catch (error) {
    return { refused: error.constructor.name };
  }
}
