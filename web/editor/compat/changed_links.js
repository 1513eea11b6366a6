// Which links came to a node and which went, for those that are told of it.
/** @import {InputSlot, OutputSlot} from "../document/types.js" */
/** @import {LinkChange} from "./world.js" */

export const INPUT_SIDE = 1;
const OUTPUT_SIDE = 2;

/** @param {readonly OutputSlot[]} before @param {readonly OutputSlot[]} now @returns {LinkChange[]} */
export function changedOutputs(before, now) {
  return now.flatMap((slot, index) => {
    const [old, links] = [before[index]?.links ?? [], slot.links ?? []];
    const gone = old.filter((id) => !links.includes(id)).map((link) => ({ side: OUTPUT_SIDE, index, isConnected: false, link }));
    return [...gone, ...links.filter((id) => !old.includes(id)).map((link) => ({ side: OUTPUT_SIDE, index, isConnected: true, link }))];
  });
}

/** @param {readonly InputSlot[]} before @param {readonly InputSlot[]} now @returns {LinkChange[]} */
export function changedInputs(before, now) {
  return now.flatMap((slot, index) => {
    const isSame = (before[index]?.link ?? null) === (slot.link ?? null);
    return isSame ? [] : [{ side: INPUT_SIDE, index, isConnected: slot.link != null, link: slot.link ?? null }];
  });
}
