// What two prompts must share to be the same.
import { createHash } from "node:crypto";
import { writeJson } from "../../../../web/editor/document/json.js";

/** A prompt without its ids: every node by what it is and what feeds it, sorted. */
export function meaning(prompt) {
  const names = new Map();
  const name = (id) => {
    if (!names.has(id)) {
      const { class_type, inputs } = prompt[id];
      const said = Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => {
        const isLink = Array.isArray(value) && value.length === 2 && String(value[0]) in prompt;
        if (value === null) return [key, "null"];
        return [key, isLink ? [name(String(value[0])), value[1]] : value];
      });
      const sent = said.filter(([key, value]) => !(["image", "audioUI", "preview"].includes(key) && value === ""));
      names.set(id, createHash("sha1").update(writeJson([class_type, sent])).digest("hex"));
    }
    return names.get(id);
  };
  return Object.keys(prompt).map(name).sort();
}
