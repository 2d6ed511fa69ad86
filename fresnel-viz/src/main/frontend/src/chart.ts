import { h, on, onPoint } from './dom';
import { exact, short } from './format';
import { clamp, extent } from './scale';
import { step } from './steps';
import { svg } from './svg';
import { visible } from './tokens';
import type { Readout, Tooltip } from './tooltip';

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

export interface ChartOptions {
  readonly label: string;
  readonly unit: string;
  readonly along: readonly string[];
  readonly series: readonly Series[];
  /** The ends of the axis; of the values where it is left out. */
  readonly range?: readonly [number, number];
  /** For ranks: 1 is at the top, equal ratios are equally far apart. */
  readonly ranks?: boolean;
}

const [LEFT, RIGHT, TOP, PLOT, BELOW] = [52, 12, 10, 170, 74];

/** Lines over labelled places, as wide as there is room. Arrow keys and the pointer read the values. */
export function chart(options: ChartOptions, width: number, tooltip: Tooltip, readout: Readout): HTMLElement {
  const { along, series, unit, label, ranks } = options;
  const change = (value: number) => (ranks ? -Math.log10(value) : value);
  const reach = extent(series.flatMap(({ values }) => values.map(change)));
  // Rank 1 is the upper end, and a power of ten the lower one.
  const [low, high] = options.range ?? (ranks ? [Math.min(-1, Math.floor(reach[0])), 0] : ends(reach));
  const wide = Math.max(220, width);
  const last = along.length - 1;
  const x = (at: number) => LEFT + (last ? at / last : 0.5) * (wide - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - (value - low) / (high - low)) * PLOT;
  const height = TOP + PLOT + BELOW;
  const drawing = svg('svg', {
    width: wide, height, viewBox: `0 0 ${wide} ${height}`, tabindex: 0, role: 'application',
    'aria-label': `${label}. Arrow keys read the values.`,
  });
  const steps = ranks ? -low : 4;
  for (let i = 0; i <= steps; i++) {
    const value = low + (i / steps) * (high - low);
    drawing.append(
      svg('line', { x1: LEFT, x2: wide - RIGHT, y1: y(value), y2: y(value), class: 'grid' }),
      svg('text', { x: LEFT - 6, y: y(value) + 4, class: 'end' }, ranks ? short(Math.round(10 ** -value)) : short(value, (high - low) / steps)));
  }
  const every = Math.max(1, Math.ceil((13 * along.length) / (wide - LEFT - RIGHT)));
  along.forEach((text, at) => {
    if (at % every) return;
    const name = visible(text, 0);
    drawing.append(svg('text', { class: 'end', transform: `translate(${x(at) + 4} ${TOP + PLOT + 8}) rotate(-90)` },
      name.length > 10 ? `${name.slice(0, 9)}…` : name));
  });
  series.forEach(({ values }, i) => {
    let path = '';
    values.forEach((value, at) => {
      if (!Number.isFinite(change(value))) return;
      const before = at > 0 && Number.isFinite(change(values[at - 1]));
      path += `${before ? 'L' : 'M'}${x(at).toFixed(1)} ${y(change(value)).toFixed(1)}`;
      if (!before && !Number.isFinite(change(values[at + 1]))) {
        drawing.append(svg('circle', { cx: x(at), cy: y(change(value)), r: 2.5, class: `dot ink-${i % 3}` }));
      }
    });
    drawing.append(svg('path', { d: path, class: `line ink-${i % 3} dash-${Math.floor(i / 3)}` }));
  });
  const cursor = svg('line', { y1: TOP, y2: TOP + PLOT, class: 'cursor', visibility: 'hidden' });
  drawing.append(cursor);
  let current = last;
  const read = (at: number) => {
    current = at;
    cursor.setAttribute('x1', String(x(at)));
    cursor.setAttribute('x2', String(x(at)));
    cursor.setAttribute('visibility', 'visible');
    readout.say(`${label}, ${visible(along[at], 0)}: ${series.map(({ name, values }) => `${name} ${number(values[at])}`).join(', ')}`);
  };
  const number = (value: number) => (ranks && Number.isFinite(value) ? String(value) : exact(value));
  on(drawing, 'keydown', (event) => {
    const to = step(event.key, [0, current], 1, along.length);
    if (!to) return;
    read(to[1]);
    event.preventDefault();
    event.stopPropagation();
  });
  on(drawing, 'focus', () => read(current));
  onPoint(drawing, (event) => {
    const share = (event.offsetX - LEFT) / (wide - LEFT - RIGHT);
    const at = clamp(Math.round(share * last), 0, last);
    read(at);
    tooltip.show(event.clientX, event.clientY, series.map(({ name, values }) => [name, number(values[at])]), along[at]);
  });
  on(drawing, 'pointerleave', () => tooltip.hide());
  const legend = h('ul', { class: 'legend' });
  series.forEach(({ name }, i) => {
    const sample = svg('svg', { width: 28, height: 8, 'aria-hidden': 'true' });
    sample.append(svg('path', { d: 'M0 4H28', class: `line ink-${i % 3} dash-${Math.floor(i / 3)}` }));
    legend.append(h('li', {}, sample as unknown as Node, h('span', { text: name })));
  });
  return h('div', { class: 'chart' }, h('p', { class: 'label', text: `${label}, ${unit}` }), drawing as unknown as Node,
    series.length > 1 ? legend : null);
}

/** Round ends about the values, four steps apart. */
function ends([low, high]: [number, number]): [number, number] {
  const rough = (high > low ? high - low : 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  for (let factor = 1; ; factor *= 10) {
    for (const round of [1, 1.5, 2, 2.5, 5]) {
      const size = round * power * factor;
      const first = Math.floor(low / size + 1e-9) * size;
      if (first + 4 * size >= high - 1e-9 * size) return [first, first + 4 * size];
    }
  }
}
