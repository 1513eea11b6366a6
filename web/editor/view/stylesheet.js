// Stylesheets of panels that are loaded only when the panel is opened.

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * Have a stylesheet of the folder `styles` on the page.
 * @param {string} name without ending
 * @returns {Promise<void>} done once it is in force
 */
export function useStyles(name) {
  let done = loading.get(name);
  if (!done) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(`../styles/${name}.css`, import.meta.url).href;
    done = new Promise((resolve) => {
      link.onload = link.onerror = () => resolve();
    });
    document.head.append(link);
    loading.set(name, done);
  }
  return done;
}
