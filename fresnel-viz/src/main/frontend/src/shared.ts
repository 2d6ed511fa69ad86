/** What `fresnel.js` lends to the scripts that a page loads after it, so that no module is on a page twice. */
export { figureJson } from './blocks';
export { ramp } from './colour';
export { ColourBar } from './colour-bar';
export { h, put, table } from './dom';
export { FigureElement } from './element';
export { exact, percent } from './format';
export { Scale } from './scale';
export { scrollHint } from './scroll-hint';
export { locks, step } from './steps';
export { dark } from './theme';
export { Tokens, written } from './tokens';
export { Readout, Tooltip } from './tooltip';
