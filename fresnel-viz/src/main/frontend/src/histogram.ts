import { h, on, onPoint } from './dom';
import { exact } from './format';
import { clamp, extent } from './scale';
import { step } from './steps';
import { svg } from './svg';
import type { Readout, Tooltip } from './tooltip';

/** How many numbers lie in each of some ranges of one width. */
export interface Bins {
  readonly low: number;
  readonly width: number;
  readonly counts: readonly number[];
}

const BINS = 24;
const [WIDE, TALL, AXIS] = [360, 64, 16];

/** Counts the finite numbers; zero is a border between two ranges. */
export function bins(values: readonly number[]): Bins {
  const [low, high] = extent([...values, 0]);
  const width = (high - low || 1) / BINS;
  const below = Math.ceil(-low / width - 1e-9);
  const counts: number[] = new Array(below + Math.ceil(high / width - 1e-9) || 1).fill(0);
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const bin = below + (value > 0 ? Math.ceil(value / width - 1e-9) - 1 : Math.floor(value / width + 1e-9));
    counts[clamp(bin, 0, counts.length - 1)]++;
  }
  return { low: -below * width, width, counts };
}

/** A range of the histogram: `0.5 to 0.75`. */
export const binName = ({ low, width }: Bins, at: number): string =>
  `${exact(edge(low + at * width, width))} to ${exact(edge(low + (at + 1) * width, width))}`;

/** An end of a range without the rounding of its sum. */
const edge = (value: number, width: number): number => (Math.abs(value) < 1e-6 * width ? 0 : value);

/** A histogram. A bar's height is the square root of its count, so that rare values are seen beside the many near zero. */
export function histogram(of: Bins, label: string, tooltip: Tooltip, readout: Readout): HTMLElement {
  const { counts, low, width } = of;
  const most = Math.max(1, ...counts);
  const each = WIDE / counts.length;
  const drawing = svg('svg', {
    width: WIDE, height: TALL + AXIS, viewBox: `0 0 ${WIDE} ${TALL + AXIS}`, tabindex: 0, role: 'application', class: 'histogram',
    'aria-label': `${label}. Arrow keys read the counts.`,
  });
  const bars = counts.map((count, at) => {
    const tall = count ? Math.max(1.5, TALL * Math.sqrt(count / most)) : 0;
    return svg('rect', {
      x: at * each + 0.5, y: TALL - tall, width: Math.max(1, each - 1), height: tall,
      class: low + (at + 0.5) * width < 0 ? 'bar negative' : 'bar',
    });
  });
  drawing.append(...bars, svg('line', { x1: 0, x2: WIDE, y1: TALL, y2: TALL, class: 'grid' }),
    svg('text', { x: 0, y: TALL + 13 }, exact(edge(low, width))),
    svg('text', { x: WIDE, y: TALL + 13, class: 'end' }, exact(edge(low + counts.length * width, width))));
  const zero = (-low / width) * each;
  if (zero > 40 && zero < WIDE - 40) drawing.append(svg('text', { x: zero, y: TALL + 13, class: 'middle' }, '0'));
  let current = 0;
  const read = (at: number) => {
    bars[current].classList.remove('on');
    bars[(current = at)].classList.add('on');
    readout.say(`${label}, ${binName(of, at)}: ${counts[at]}`);
  };
  on(drawing, 'keydown', (event) => {
    const to = step(event.key, [0, current], 1, counts.length);
    if (!to) return;
    read(to[1]);
    event.preventDefault();
    event.stopPropagation();
  });
  on(drawing, 'focus', () => read(current));
  onPoint(drawing, (event) => {
    const at = clamp(Math.floor((event.offsetX / WIDE) * counts.length), 0, counts.length - 1);
    read(at);
    tooltip.show(event.clientX, event.clientY, [['tokens', String(counts[at])]], binName(of, at));
  });
  on(drawing, 'pointerleave', () => tooltip.hide());
  return h('div', { class: 'chart' }, h('p', { class: 'label', text: `${label}; heights are square roots of counts, at most ${most}` }), drawing as unknown as Node);
}
