// `node same_script.js < PAIRS`: which of the pairs of scripts, a JSON list, are not the same but for comments and layout.
import { readFileSync } from "node:fs";
import ts from "typescript";

const pairs = JSON.parse(readFileSync(0, "utf8"));

/** @param {string} text */
function printed(text) {
  const file = ts.createSourceFile("a.js", text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  if (file.parseDiagnostics.length) throw new Error(String(file.parseDiagnostics[0].messageText));
  return ts.createPrinter({ removeComments: true }).printFile(file);
}

const differing = pairs.filter(([, before, after]) => printed(before) !== printed(after)).map(([name]) => name);
console.log(JSON.stringify(differing));
