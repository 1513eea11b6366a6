// Whether pictures lie on the screen's pixels: copies between pixels are slow and soft.

// What sums of places lose is far less.
const LEAST_OF_A_PIXEL = 0.001;

/** Whether a place, in pixels, is as good as on one. @param {number} place */
export function isWhole(place) {
  return Math.abs(place - Math.round(place)) < LEAST_OF_A_PIXEL;
}

/** A place, on its pixel where it is as good as there. @param {number} place */
export function onPixel(place) {
  return isWhole(place) ? Math.round(place) : place;
}
