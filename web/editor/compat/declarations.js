// The widgets that packs' scripts add to single nodes, and what they change of others, among the declarations of the page.
import { widgetKey } from "../kernels/faces.js";
/** @import {Editor} from "../editor.js" */
/** @import {Widget} from "../kernels/schema.js" */

/** By class and node; a node is named as `scopedId` names it. */
export class NodeDeclarations {
  /** @type {Map<string, Map<string, Widget[]>>} class type → node → the widgets that scripts added to it */
  #added = new Map();
  /** @type {Map<string, Map<string, Map<string, Partial<Widget>>>>} class type → node → widget → what scripts changed of it */
  #changed = new Map();

  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
  }

  /** The server's declarations, read anew, know nothing of what scripts have added. */
  follow() {
    this.editor.definitions.subscribe(() => {
      for (const type of new Set([...this.#added.keys(), ...this.#changed.keys()])) {
        const declared = this.editor.definitions.value[type];
        if (declared && (declared.added !== this.#added.get(type) || declared.changed !== this.#changed.get(type))) this.#declare(type);
      }
    });
  }

  /** @param {string} type @param {string} id @param {Widget} widget */
  add(type, id, widget) {
    const ofClass = this.#added.get(type) ?? new Map();
    this.#added.set(type, new Map(ofClass).set(id, [...(ofClass.get(id) ?? []), widget]));
    this.#declare(type);
  }

  /** Remove one that a script has added; false where it is the class's own. @param {string} type @param {string} id @param {Widget} widget */
  remove(type, id, widget) {
    const ofClass = new Map(this.#added.get(type));
    const added = ofClass.get(id) ?? [];
    const left = added.filter((/** @type {Widget} */ other) => other.slot !== widget.slot);
    if (left.length === added.length) return false;
    ofClass.set(id, left);
    this.#added.set(type, ofClass);
    this.#declare(type);
    return true;
  }

  /** @param {string} type @param {string} id @param {Widget} widget @param {Partial<Widget>} change */
  change(type, id, widget, change) {
    const ofClass = new Map(this.#changed.get(type));
    const ofNode = new Map(ofClass.get(id));
    ofNode.set(widgetKey(widget), { ...ofNode.get(widgetKey(widget)), ...change });
    this.#changed.set(type, ofClass.set(id, ofNode));
    this.#declare(type);
  }

  /** @param {string} id of a node that is gone */
  forget(id) {
    for (const ofClass of [...this.#added.values(), ...this.#changed.values()]) ofClass.delete(id);
  }

  /** @param {string} type */
  #declare(type) {
    const definitions = this.editor.definitions.value;
    const declared = definitions[type];
    const given = { added: this.#added.get(type), changed: this.#changed.get(type) };
    if (declared) this.editor.definitions.value = { ...definitions, [type]: { ...declared, ...given } };
  }
}
