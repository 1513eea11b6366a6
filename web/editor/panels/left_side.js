// The place at the left of the canvas, where one panel stands at a time.

let closeShown = () => {};

/** Take the place; what stood there is closed. @param {() => void} close does nothing where the panel is closed already */
export function takeLeft(close) {
  const before = closeShown;
  closeShown = close;
  before();
}
