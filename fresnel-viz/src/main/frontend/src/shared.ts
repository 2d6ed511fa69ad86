/** What `fresnel.js` lends to the scripts that a page loads after it, so that no module is on a page twice. */
export { block, figureJson } from './blocks';
export { showKeys } from './chrome';
export { hatch, NOT_A_NUMBER, Ramp, ramp } from './colour';
export { ColourBar } from './colour-bar';
export { choice, context, fitted, h, number, on, onPoint, put, scrollBar, soon, table, width } from './dom';
export { FigureElement } from './element';
export { coarse, exact, percent, short, signed } from './format';
export { floats } from './floats';
export { headName, metrics, sameHead, selection } from './heads';
export { clamp, extent, Scale, SCALES } from './scale';
export { onMove } from './moves';
export { scrollHint } from './scroll-hint';
export { locks, step } from './steps';
export { TableTwin } from './table-twin';
export { dark, paper, property } from './theme';
export { TokenLine } from './token-line';
export { Tokens, visible, written } from './tokens';
export { Readout, Tooltip } from './tooltip';
