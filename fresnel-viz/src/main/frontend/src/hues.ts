import { Ramp } from './colour';
import { dark, property } from './theme';

/** Okabe and Ito's colours, which colour-blind readers can tell apart; yellow and black, the faintest on some page, come last. */
const LIGHT = 'e69f00 56b4e9 009e73 d55e00 0072b2 cc79a7 f0e442 000000'.split(' ');

/** The most heads that an overlay shows: one per hue. */
export const MOST_HEADS = LIGHT.length;

const ramps = new Map<string, Ramp>();

const hex = (index: number): string => (index === 7 && dark() ? 'bbbbbb' : LIGHT[index]);

export const hue = (index: number): string => `#${hex(index)}`;

/** From the page's colour to an overlaid head's hue. */
export function hueRamp(index: number): Ramp {
  return between(hex(index));
}

/** From the page's colour to that of its text: the places of an overlay's scale, whatever the hue. */
export const plainRamp = (): Ramp => between(property('--ink').slice(1));

function between(to: string): Ramp {
  const stops = `${dark() ? '15181e' : 'ffffff'} ${to}`;
  let ramp = ramps.get(stops);
  if (!ramp) ramps.set(stops, (ramp = new Ramp(stops)));
  return ramp;
}
