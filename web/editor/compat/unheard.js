// What packs' scripts write for a page with a canvas library and is never called here: told once for each pack.
import { say } from "../texts/texts.js";
import { NotOfferedError } from "./blame.js";
/** @import {Blame} from "./blame.js" */
/** @import {Extension} from "./extensions.js" */

const OF_EXTENSIONS = ["getSelectionToolboxCommands", "bottomPanelTabs", "aboutPageBadges", "topbarBadges", "actionBarButtons"];
const OF_NODES = ["onDrawBackground", "onDropFile", "onKeyDown"];

/** Collects it by pack. */
export class Unheard {
  /** @type {Map<string, Set<string>>} */
  #byPack = new Map();

  /** @param {Extension} extension */
  look(extension) {
    this.#note(extension.pack, OF_EXTENSIONS.filter((name) => name in extension));
  }

  /** @param {string} pack whose hook was just called @param {object} prototype of a node's class @param {Set<string>} known what it had before; it has more afterwards */
  lookAt(pack, prototype, known) {
    const found = OF_NODES.filter((name) => Object.hasOwn(prototype, name) && !known.has(name));
    for (const name of found) known.add(name);
    this.#note(pack, found);
  }

  /** @param {Blame} blame */
  tell(blame) {
    for (const [pack, names] of this.#byPack) {
      blame.tell(pack, say("packs.its-hooks"), new NotOfferedError(say("packs.never-called", { names: [...names].join(", ") })));
    }
  }

  /** @param {string} pack @param {string[]} names */
  #note(pack, names) {
    if (names.length) this.#byPack.set(pack, new Set([...(this.#byPack.get(pack) ?? []), ...names]));
  }
}
