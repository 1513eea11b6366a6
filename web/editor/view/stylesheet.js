// Stylesheets of panels that are loaded only when the panel is opened.

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/** A part of the page that did not come. */
export class NotFetched extends Error {}

/**
 * Have a stylesheet of the folder `styles` on the page.
 * @param {string} name without ending
 * @returns {Promise<void>} done once it is in force; `NotFetched` where it does not come, and then asked for again the next time
 */
export function useStyles(name) {
  const known = loading.get(name);
  if (known) return known;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`../styles/${name}.css`, import.meta.url).href;
  /** @type {Promise<void>} */
  const done = new Promise((resolve, reject) => {
    link.onload = () => resolve();
    link.onerror = () => {
      loading.delete(name);
      link.remove();
      reject(new NotFetched(name));
    };
  });
  document.head.append(link);
  loading.set(name, done);
  return done;
}
