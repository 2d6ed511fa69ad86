/** What `fresnel.js` lends to the scripts that a page loads after it, so that no module is on a page twice. */
export { block, figureJson } from './blocks';
export { Ramp, ramp } from './colour';
export { ColourBar } from './colour-bar';
export { choice, context, h, put, table } from './dom';
export { FigureElement } from './element';
export { exact, percent, short } from './format';
export { floats } from './pattern';
export { extent, Scale } from './scale';
export { scrollHint } from './scroll-hint';
export { locks, step } from './steps';
export { dark, property } from './theme';
export { TokenLine } from './token-line';
export { Tokens, visible, written } from './tokens';
export { Readout, Tooltip } from './tooltip';
