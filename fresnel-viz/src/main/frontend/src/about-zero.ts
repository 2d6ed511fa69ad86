import { Scale } from './scale';

/** The scale of values of tokens: 0 is in the middle where values lie on both sides of it, and the beginning where all lie below. */
export function aboutZero(low: number, high: number): Scale {
  const most = Math.max(-low, high);
  return low >= 0 ? new Scale('linear', low, high) : high > 0 ? new Scale('linear', -most, most) : new Scale('linear', 0, low);
}
