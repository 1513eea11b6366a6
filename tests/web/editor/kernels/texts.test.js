// The texts: every language has every text, with the same values to fill in.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { ENGLISH as ENGLISH_OF_PAGE } from "../../../../web/editor/texts/english.js";
import { ENGLISH_FILES } from "../../../../web/editor/texts/english_files.js";
import { ENGLISH_PACKS } from "../../../../web/editor/texts/english_packs.js";
import { GERMAN as GERMAN_OF_PAGE } from "../../../../web/editor/texts/german.js";
import { GERMAN_PACKS } from "../../../../web/editor/texts/german_packs.js";
import { pickLanguage, say } from "../../../../web/editor/texts/texts.js";

const ENGLISH = { ...ENGLISH_OF_PAGE, ...ENGLISH_FILES, ...ENGLISH_PACKS };
const GERMAN = { ...GERMAN_OF_PAGE, ...GERMAN_PACKS };
const EDITOR = join(import.meta.dirname, "../../../../web/editor");
const values = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("every text exists in German too, with the same values to fill in", () => {
  assert.deepEqual(Object.keys(GERMAN).sort(), Object.keys(ENGLISH).sort());
  for (const [key, text] of Object.entries(ENGLISH)) assert.deepEqual(values(GERMAN[key]), values(text), key);
});

test("every text is used, and every text that is used exists", () => {
  const sources = readdirSync(EDITOR, { recursive: true })
    .filter((name) => name.endsWith(".js") && !/english|german/.test(name))
    .map((name) => readFileSync(join(EDITOR, name), "utf8"))
    .join("\n");
  const used = new Set([...sources.matchAll(/\bsay\(\s*"([^"]+)"/g)].map(([, key]) => key));
  for (const key of used) assert.ok(key in ENGLISH, `${key} is used but not written`);
});

test("texts that only panels use are used only by what brings them", () => {
  const modules = readdirSync(EDITOR, { recursive: true }).filter((name) => name.endsWith(".js") && !name.startsWith("texts"));
  for (const name of modules) {
    const text = readFileSync(join(EDITOR, name), "utf8");
    const used = [...text.matchAll(/\bsay\(\s*(?:[^"()`]*\? )?"([^"]+)"/g)].map(([, key]) => key).filter((key) => key in ENGLISH_FILES);
    assert.ok(!used.length || text.includes("texts/files.js"), `${name} uses ${used} and does not bring the texts of panels`);
  }
});

test("values are filled in, and one thing is counted as one", () => {
  assert.equal(say("tabs.close", { name: "a $& b" }), "Close a $& b");
  assert.equal(say("page.waiting", { count: 2 }), "2 waiting");
});

test("the language is the chosen one, or the first of the browser's that the page speaks", () => {
  assert.equal(pickLanguage("de", ["en-GB"]), "de");
  assert.equal(pickLanguage("auto", ["fr-FR", "de-AT", "en"]), "de");
  assert.equal(pickLanguage("auto", ["fr-FR"]), "en");
});
