// A workflow as JSON of which only what has changed is written anew: values never change, so each is known by itself.
import { writeJson } from "../document/json.js";
import { withNames } from "./named_values.js";
/** @import {NodeDefinitions, Workflow} from "../document/types.js" */

/** @typedef {{definitions: NodeDefinitions, text: string}} Written */

/** Keeps the texts of the nodes and of the larger parts of workflows. */
export class WorkflowTexts {
  /** @type {WeakMap<object, Written>} */
  #written = new WeakMap();

  /**
   * Write ahead as long as there is time.
   * @param {Workflow} workflow
   * @param {NodeDefinitions} definitions
   * @param {() => boolean} hasTime
   * @returns {boolean} whether all is written, so that `of` takes no longer than to join it
   */
  prepare(workflow, definitions, hasTime) {
    for (const node of workflow.nodes) {
      if (this.#written.get(node)?.definitions === definitions) continue;
      if (!hasTime()) return false;
      this.#node(node, definitions);
    }
    return true;
  }

  /** The workflow as it is stored, with its values by name too. @param {Workflow} workflow @param {NodeDefinitions} definitions @returns {string} */
  of(workflow, definitions) {
    const parts = Object.entries(workflow).flatMap(([key, value]) => {
      const text = key === "nodes" ? `[${workflow.nodes.map((node) => this.#node(node, definitions)).join(",")}]` : this.#part(key, value, definitions);
      return text === undefined ? [] : `${JSON.stringify(key)}:${text}`;
    });
    return `{${parts.join(",")}}`;
  }

  /** @param {Workflow["nodes"][number]} node @param {NodeDefinitions} definitions */
  #node(node, definitions) {
    return this.#remembered(node, definitions, () => writeJson(withNames(/** @type {any} */ ({ nodes: [node] }), definitions).nodes[0]));
  }

  /** @param {string} key @param {any} value @param {NodeDefinitions} definitions @returns {string | undefined} */
  #part(key, value, definitions) {
    if (value === null || typeof value !== "object") return writeJson(value);
    const named = () => (key === "definitions" ? withNames(/** @type {any} */ ({ nodes: [], definitions: value }), definitions).definitions : value);
    return this.#remembered(value, definitions, () => writeJson(named()));
  }

  /** @param {object} value @param {NodeDefinitions} definitions @param {() => string} write */
  #remembered(value, definitions, write) {
    const known = this.#written.get(value);
    if (known?.definitions === definitions) return known.text;
    const text = write();
    this.#written.set(value, { definitions, text });
    return text;
  }
}
