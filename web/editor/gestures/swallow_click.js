// The click that the browser makes of a release which was the end of something else.

/** The next click presses nothing, unless something else is pressed before. */
export function swallowClick() {
  const done = new AbortController();
  const swallow = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    done.abort();
  };
  window.addEventListener("click", swallow, { capture: true, signal: done.signal });
  for (const next of ["pointerdown", "keydown"]) window.addEventListener(next, () => done.abort(), { capture: true, signal: done.signal });
}
