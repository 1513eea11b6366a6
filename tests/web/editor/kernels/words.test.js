import assert from "node:assert/strict";
import { test } from "node:test";

import { searchChoices } from "../../../../web/editor/kernels/choice_search.js";
import { modelItems } from "../../../../web/editor/kernels/library.js";
import { searchNodes } from "../../../../web/editor/kernels/search.js";
import { findByWords, folded, hasWords, wordsOf } from "../../../../web/editor/kernels/words.js";
import { matching } from "../../../../web/editor/panels/palette.js";
import { SETTINGS } from "../../../../web/editor/preferences/table.js";
import { ENGLISH } from "../../../../web/editor/texts/english.js";
import { KEYWORDS, keywordsOf } from "../../../../web/editor/texts/keywords.js";

test("accents, small and capital letters make no difference to a search, in either direction", () => {
  assert.equal(folded("Käse, Straße, ŁÓDŹ, ﬁn"), "kase, strasse, łodz, fin");
  for (const typed of ["kas", "KÄS", "käs", "ka\u0308s"]) assert.ok(hasWords("ordner/Käse.json", wordsOf(typed)), typed);
  assert.ok(hasWords("Kase", wordsOf("käse")));
  assert.ok(hasWords("latent image", wordsOf("latent_image")) && hasWords("latent_image", wordsOf("latent image")));
  assert.ok(!hasWords("Kuchen", wordsOf("käse")));
});

test("every search of the page folds accents", () => {
  const definitions = /** @type {any} */ ({
    Kaese: { name: "Kaese", display_name: "Käse reiben", input: {}, output: [] },
    LoraLoader: { name: "LoraLoader", input: { required: { lora_name: [["Käse.safetensors"], {}] } }, output: [] },
  });
  assert.deepEqual(searchChoices(["Käse.png", "Brot.png"], "kas"), ["Käse.png"]);
  assert.equal(searchNodes(definitions, "kase")[0]?.name, "Kaese");
  assert.deepEqual(modelItems(definitions, "kas").map(({ name }) => name), ["Käse.safetensors"]);
});

test("slips are mended only where nothing has what was typed", () => {
  const names = ["Export the workflow", "Undo", "Arrange everything"];
  const find = (/** @type {string} */ typed) => findByWords(names, typed, (name) => name);
  assert.deepEqual(find("expotr"), ["Export the workflow"]);
  assert.deepEqual(find("arange every"), ["Arrange everything"]);
  assert.deepEqual(find("xyzzy"), []);
  assert.deepEqual(find(""), names);
});

test("the palette ranks names before what is only about them, and what cannot run last", () => {
  const row = (/** @type {string} */ label, about = "", isOff = false) => ({ label, section: "View", about, keys: [], isOff });
  const all = [row("Undo", "back", true), row("Go back to it"), row("Theme", "dark back"), row("Back")];
  assert.deepEqual(matching(all, "back").map(({ label }) => label), ["Back", "Go back to it", "Theme", "Undo"]);
  assert.deepEqual(matching(all, "").map(({ label }) => label), ["Go back to it", "Theme", "Back"]);
});

test("commands and settings are found by what they are about, in both languages", () => {
  const known = new Set([...Object.keys(ENGLISH).filter((key) => key.startsWith("command.")).map((key) => key.slice(8)), ...SETTINGS.map(({ id }) => id)]);
  for (const id of Object.keys(KEYWORDS)) assert.ok(known.has(id), id);
  const subjects = { "skein.theme": ["theme", "dark", "farben"], undo: ["back"], queue: ["generate", "ausführen"], fit: ["zoom"], "colour-red": ["farbe"] };
  for (const [id, words] of Object.entries(subjects)) for (const word of words) assert.ok(hasWords(`${keywordsOf(id)} ${id === "skein.theme" ? "Dark" : ""}`, wordsOf(word)), `${id}: ${word}`);
});
