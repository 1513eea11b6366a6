// The signs of the tools for drawing, as lines in the colour of the text around them.

const SVG = "http://www.w3.org/2000/svg";

// Ways of a pen on a square of 24 by 24.
const SIGNS = {
  brush: "M20.5 3.5 11.500 12.500M10 12.500c-2.200 0-3.700 1.700-3.700 3.700 0 1.800-1.100 2.800-2.800 3.300 4 1.300 8.500.3 8.500-3.700 0-1.800-.9-3-2-3.300z",
  eraser: "M9 20h11M8.300 20 4 15.700a2 2 0 0 1 0-2.800l8.900-8.900a2 2 0 0 1 2.800 0l4.300 4.300a2 2 0 0 1 0 2.800L11.100 20zM8.500 8.500l7 7",
  line: "M4.500 19.500 19.500 4.500",
  rectangle: "M4 6h16v12H4z",
  lasso: "M7.200 14.200C5.200 13.300 4 11.800 4 10c0-3.100 3.600-5.500 8-5.500s8 2.400 8 5.500-3.600 5.500-8 5.500c-.9 0-1.800-.1-2.600-.3M7.200 16.800a2.100 2.100 0 1 0 0-4.200 2.100 2.100 0 0 0 0 4.200zM7.200 16.800c.6 1.400.4 2.700-.9 4",
  fill: "M10.300 5.200 4.200 11.300a2 2 0 0 0 0 2.800l4.700 4.700a2 2 0 0 0 2.800 0l6.600-6.600zM8 3l10.300 9.200M4 12.700h13.800M20.500 15.500c1 1.400 1.600 2.300 1.600 3.200a1.600 1.600 0 0 1-3.200 0c0-.9.6-1.800 1.600-3.200z",
  picker: "M4 20l.8-3.700 8.400-8.400 2.900 2.900-8.400 8.400zM11.500 6.200l6.300 6.300M15 7.500l2.400-2.800a1.900 1.900 0 0 1 2.800 2.600L17 9.700",
  shown: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  hidden: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM4 20 20 4",
  up: "M12 19.500V5M6 10.500 12 4.500l6 6",
  down: "M12 4.500V19M6 13.500l6 6 6-6",
  remove: "M6 6l12 12M18 6 6 18",
};

/** @param {keyof typeof SIGNS} name */
export function toolSign(name) {
  const sign = document.createElementNS(SVG, "svg");
  sign.setAttribute("viewBox", "0 0 24 24");
  sign.setAttribute("class", "tool-sign");
  sign.setAttribute("aria-hidden", "true");
  sign.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", SIGNS[name]);
  return sign;
}
