import { short } from './format';

/** How a value becomes a place on a colour ramp, 0..1. With ends of opposite size, 0 is in the middle. */
export type ScaleName = 'linear' | 'sqrt' | 'log' | 'rank';

export const SCALES: readonly (readonly [ScaleName, string])[] = [
  ['linear', 'linear'],
  ['sqrt', '√ (square root)'],
  ['log', 'log'],
  ['rank', 'rank'],
];

export interface Tick {
  readonly place: number;
  readonly label: string;
}

/** The value, or the end that it is beyond; the lower one where the ends are in the wrong order. */
export const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

/** The share of the range below which the log scale has one colour. */
const LOG_FLOOR = 1e-4;

export class Scale {
  /**
   * @param sorted the values in ascending order; only the rank scale reads them
   */
  constructor(
    readonly name: ScaleName,
    readonly low: number,
    readonly high: number,
    private readonly sorted: ArrayLike<number> = [],
  ) {}

  place(value: number): number {
    const { low, high } = this;
    if (low < 0 && low === -high) return 0.5 + (Math.sign(value) * this.#share(Math.abs(value), 0)) / 2;
    return this.#share(value, low);
  }

  #share(value: number, low: number): number {
    const { high } = this;
    if (this.name === 'rank') return this.#rank(value);
    if (high === low) return value > low ? 1 : 0;
    const share = clamp((value - low) / (high - low), 0, 1);
    if (this.name === 'sqrt') return Math.sqrt(share);
    if (this.name === 'log') {
      return share <= LOG_FLOOR ? 0 : 1 - Math.log(share) / Math.log(LOG_FLOOR);
    }
    return share;
  }

  /** The share of the values that are smaller. */
  #rank(value: number): number {
    let [from, to] = [0, this.sorted.length];
    if (to < 2) return 0;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.sorted[middle] < value) from = middle + 1;
      else to = middle;
    }
    return Math.min(1, from / (this.sorted.length - 1));
  }

  ticks(): Tick[] {
    const { low, high } = this;
    const signed = low < 0 && low === -high;
    if (this.name === 'rank' && !signed) {
      return [0, 0.25, 0.5, 0.75, 1].map((place) => ({
        place,
        label: this.sorted.length
          ? short(this.sorted[Math.round(place * (this.sorted.length - 1))])
          : '',
      }));
    }
    // Of ends that are close to each other, as many digits as tell them apart.
    const step = Math.abs(high - low) / 4 || undefined;
    const linear = this.name === 'linear';
    const ticks: Tick[] = [{ place: 0, label: short(low, step) }];
    if (step) ticks.push({ place: 1, label: short(high, step) });
    const between = linear ? high < low ? evenly(high, low) : evenly(low, high)
      : signed ? [0, ...decades(0, high).flatMap((value) => [value, -value])] : decades(low, high);
    for (const value of between) {
      const place = this.place(value);
      if (ticks.every((tick) => Math.abs(tick.place - place) >= 0.12)) {
        ticks.push({ place, label: short(value, linear ? step : undefined) });
      }
    }
    return ticks.sort((a, b) => a.place - b.place);
  }
}

/** About four round values between the two. */
function evenly(low: number, high: number): number[] {
  const rough = (high - low) / 4;
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough)!;
  const values: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) values.push(n * step);
  return values;
}

function decades(low: number, high: number): number[] {
  const values: number[] = [];
  for (let power = Math.ceil(Math.log10(high - low)); power >= -4; power--) {
    for (const digit of [5, 2, 1]) {
      const value = low + digit * Math.pow(10, power);
      if (value < high) values.push(value);
    }
  }
  return values;
}

/** The least and greatest finite value; [0, 0] where there is none. */
export function extent(values: Iterable<number>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}
