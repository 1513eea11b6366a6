import assert from "node:assert/strict";
import { test } from "node:test";

import { RequestError } from "../../../../web/editor/client/server.js";
import { failureWords } from "../../../../web/editor/panels/failures.js";
import { NotFetched } from "../../../../web/editor/view/stylesheet.js";

test("a part of the page that did not come is said in friendly words, in every browser", () => {
  const failures = [
    new TypeError("Failed to fetch dynamically imported module: http://localhost:8188/later.js"),
    new TypeError("error loading dynamically imported module: http://localhost:8188/later.js"),
    new TypeError("Importing a module script failed."),
    new NotFetched("queue"),
  ];
  for (const isAway of [true, false]) {
    for (const failure of failures) {
      const { words, tone } = failureWords(failure, isAway);
      assert.equal(tone, "info");
      assert.match(words, /not fetched yet.*once the server is back/);
      assert.doesNotMatch(words, /reload/);
    }
  }
});

test("to reload the page is advised only while there is a server", () => {
  assert.match(failureWords(new Error("x is not a function"), false).words, /x is not a function.*reload/);
  const away = failureWords(new Error("x is not a function"), true);
  assert.match(away.words, /x is not a function/);
  assert.doesNotMatch(away.words, /reload/);
  assert.equal(failureWords(new RequestError("The server cannot be reached."), false).words, "The server cannot be reached.");
});
