// What of Observable Plot the report uses; the rest is left out of the bundle.
export {areaY, dot, line, lineY, link, plot, pointerX, pointerY, rectY, ruleX, ruleY, tip} from "@observablehq/plot";
