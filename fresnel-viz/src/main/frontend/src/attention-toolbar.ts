import type { Weighting } from './attention-data';
import type { Together } from './attention-values';
import type { Arcs, AttentionView, Direction, Range } from './attention-view';
import { showKeys } from './chrome';
import { choice, h, number } from './dom';
import type { Metric } from './heads';
import { repeat } from './repeat';
import { SCALES } from './scale';

type Choices<T> = readonly (readonly [T, string])[];

const DIRECTIONS: Choices<Direction> = [
  ['sources', 'Source ← Destination'],
  ['destinations', 'Destination ← Source'],
];

const RANGES: Choices<Range> = [
  ['shared', 'all heads'],
  ['head', 'each head'],
  ['unit', '0 to 1'],
];

const TOGETHER: Choices<Together> = [
  ['max', 'greatest weight'],
  ['mean', 'mean'],
  ['rollout', 'attention rollout'],
];

const WEIGHTINGS: Choices<Weighting> = [
  ['raw', 'attention alone'],
  ['value', '× norm of the value'],
  ['output', '× norm of the output'],
];

const ARCS: Choices<Arcs> = [
  ['none', 'none'],
  ['both', 'both ways'],
  ['sources', 'it attends to'],
  ['destinations', 'attends to it'],
];

export interface ToolbarActions {
  readonly metrics: readonly Metric[];
  readonly weighting: (weighting: Weighting) => void;
  readonly sort: (metric: string) => void;
  readonly filter: (text: string) => void;
  readonly table: () => boolean;
}

/** The explorer's switches. */
export function attentionToolbar(view: AttentionView, actions: ToolbarActions): HTMLElement {
  const { json, heads } = view.data;
  const { minus } = view.values;
  const many = heads.length > 1;
  const rollout = json.rollout && (!minus || minus.json.rollout);
  const bar = h('div', { class: 'toolbar' },
    choice('Direction', DIRECTIONS, view.direction, (direction) => view.change({ direction, cell: null })),
    choice('Scale', SCALES, view.scaleName, (scaleName) => view.change({ scaleName })),
    choice('Range', RANGES, view.range, (range) => view.change({ range })),
    many ? choice('All heads together', TOGETHER.slice(0, rollout ? 3 : 2), view.together, (together) => view.change({ together })) : null,
    json.norms && (!minus || minus.json.norms) ? choice('Weights', WEIGHTINGS, view.weighting, actions.weighting) : null,
  );
  if (many) {
    const { metrics } = actions;
    const sorts = [['', 'layer, head'] as const, ...metrics.map(({ name }) => [name, name] as const)];
    if (metrics.length) bar.append(choice('Sort heads', sorts, '', actions.sort));
    const filter = h('input', {
      type: 'text',
      placeholder: 'L5 H1, >0.3',
      spellcheck: 'false',
      autocomplete: 'off',
      title: 'L5, H1, L5H1, L3-5, >0.3 or <0.1' + (metrics.length
        ? `, which compare the score by which heads are sorted (else the first), or ${metrics[0].name} > 0.3`
        : ', which compare the greatest weight after the first token'),
      oninput: () => actions.filter(filter.value),
    });
    bar.append(h('label', { class: 'choice' }, h('span', { text: 'Show heads' }), filter));
  }
  const toggle = (text: string, name: string, click: () => boolean) => {
    const button = h('button', {
      text, class: name, 'aria-pressed': 'false',
      onclick: () => button.setAttribute('aria-pressed', String(click())),
    });
    return button;
  };
  bar.append(h('span', { class: 'buttons' },
    many ? toggle('Overlay', 'add-button', () => (view.adding = !view.adding)) : null,
    toggle('Table', 'table-button', actions.table),
    h('button', { text: 'Keys', onclick: showKeys })));
  return bar;
}

/** Which arcs the text has, and how many. */
export function arcSwitches(view: AttentionView): HTMLElement {
  const top = number('At most, each way', view.mostArcs, 1, 99, (mostArcs) => view.change({ mostArcs }));
  const least = h('input', {
    type: 'range', min: 0, max: 1, step: 0.01, value: view.leastArc,
    oninput: () => {
      const leastArc = Number(least.value) ** 2 * view.values.most;
      shown.textContent = `Weight at least ${leastArc.toFixed(3)}`;
      view.change({ leastArc });
    },
  });
  const shown = h('span', { text: `Weight at least ${view.leastArc.toFixed(3)}` });
  const more = h('span', { class: 'more', hidden: view.arcs === 'none' }, top, h('label', { class: 'choice' }, shown, least),
    h('span', { class: 'legend' }, h('i', { class: 'sources' }), 'it attends to ', h('i', { class: 'destinations' }), 'attends to it'));
  return h('div', { class: 'toolbar arcs' },
    choice('Arcs from the focused token', ARCS, view.arcs, (arcs) => {
      more.hidden = arcs === 'none';
      view.change({ arcs });
    }), more);
}

/** Which diagonal the map marks. */
export function guideSwitch(view: AttentionView): HTMLElement {
  const period = repeat(view.data.tokens);
  const guides: [string, string][] = [['', 'none'], ['1', 'previous token'], ['0', 'the token itself']];
  if (period > 1) guides.push([`${period}`, `same token, ${period} before`], [`${period - 1}`, `induction, ${period - 1} before`]);
  const half = Math.floor(view.data.size / 2);
  if (half > 1 && half !== period && half !== period - 1) guides.push([`${half}`, `half the text, ${half} before`]);
  guides.push(['other', 'another offset']);
  const offset = number('Tokens before', 2, 0, view.data.size - 1, (guide) => view.change({ guide }));
  const known = guides.some(([value]) => value === String(view.guide ?? ''));
  offset.hidden = known;
  return h('div', { class: 'toolbar guides' },
    choice('Guide line', guides, known ? String(view.guide ?? '') : 'other', (value) => {
      offset.hidden = value !== 'other';
      view.change({ guide: value === '' ? null : Number(value === 'other' ? offset.querySelector('input')!.value : value) });
    }), offset);
}
