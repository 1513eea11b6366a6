// The view follows the keyboard: what gets the focus by a key is brought into view by moving the view, not by scrolling.
/** @import {Stage} from "./stage.js" */

// The bars lie over the stage.
const MARGIN = { top: 104, right: 12, bottom: 56, left: 12 };

/** @param {Stage} stage */
export function attachRevealing(stage) {
  let isByKey = false;
  const listen = { capture: true };
  window.addEventListener("keydown", () => (isByKey = true), listen);
  window.addEventListener("pointerdown", () => (isByKey = false), listen);
  stage.root.addEventListener("focusin", ({ target }) => isByKey && target instanceof Element && reveal(stage, target));
  // A phone that is turned, or its keyboard, must not put what is typed in out of sight.
  const followField = () => {
    const { activeElement: field } = document;
    if (field?.matches("input, textarea") && stage.root.contains(field)) reveal(stage, field);
  };
  window.addEventListener("resize", () => requestAnimationFrame(followField));
  // A browser scrolls even what hides its overflow; cards and links would no longer lie where they are taken to be.
  stage.root.addEventListener("scroll", () => {
    const { scrollLeft, scrollTop } = stage.root;
    if (!scrollLeft && !scrollTop) return;
    stage.root.scrollTo(0, 0);
    stage.moveBy({ x: -scrollLeft, y: -scrollTop });
  });
}

/** Move the view so that a part of the stage can be seen, as little as will do. @param {Stage} stage @param {Element} target */
export function reveal(stage, target) {
  stage.root.scrollTo(0, 0);
  const box = target.getBoundingClientRect();
  const page = stage.root.getBoundingClientRect();
  const by = {
    x: shiftInto(box.left, box.right, page.left + MARGIN.left, page.right - MARGIN.right),
    y: shiftInto(box.top, box.bottom, page.top + MARGIN.top, page.bottom - MARGIN.bottom),
  };
  if (by.x || by.y) stage.moveBy(by);
}

/** How far a span is to be moved to lie between two bounds, its beginning where it is too long. @param {number} low @param {number} high @param {number} least @param {number} most */
function shiftInto(low, high, least, most) {
  if (low >= least && high <= most) return 0;
  return low < least || high - low > most - least ? least - low : most - high;
}
