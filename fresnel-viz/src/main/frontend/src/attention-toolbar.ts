import type { AttentionView, Direction, Range } from './attention-view';
import { showKeys } from './chrome';
import { choice, h } from './dom';
import { metrics } from './heads';
import { SCALES } from './scale';

const DIRECTIONS: readonly (readonly [Direction, string])[] = [
  ['sources', 'Source ← Destination'],
  ['destinations', 'Destination ← Source'],
];

const RANGES: readonly (readonly [Range, string])[] = [
  ['shared', 'all heads'],
  ['head', 'each head'],
  ['unit', '0 to 1'],
];

export interface ToolbarActions {
  readonly sort: (metric: string) => void;
  readonly filter: (text: string) => void;
  readonly table: () => boolean;
}

/** The explorer's switches. */
export function attentionToolbar(view: AttentionView, actions: ToolbarActions): HTMLElement {
  const bar = h(
    'div',
    { class: 'toolbar' },
    choice('Direction', DIRECTIONS, view.direction, (direction) => view.change({ direction, cell: null })),
    choice('Scale', SCALES, view.scaleName, (scaleName) => view.change({ scaleName })),
    choice('Range', RANGES, view.range, (range) => view.change({ range })),
  );
  if (view.data.heads.length > 1) {
    const sorts = [['', 'layer, head'] as const, ...metrics.map(({ name }) => [name, name] as const)];
    if (metrics.length) bar.append(choice('Sort heads', sorts, '', actions.sort));
    const filter = h('input', {
      type: 'text',
      placeholder: 'L5 H1, >0.3',
      spellcheck: 'false',
      autocomplete: 'off',
      title: metrics.length
        ? 'L5, H1, L5H1, L3-5, >0.3 or <0.1, which compare the score by which heads are sorted (else the first on the page)'
        : 'L5, H1, L5H1, L3-5, >0.3 or <0.1, which compare the greatest weight after the first token',
      oninput: () => actions.filter(filter.value),
    });
    bar.append(h('label', { class: 'choice' }, h('span', { text: 'Show heads' }), filter));
  }
  const table = h('button', {
    type: 'button',
    text: 'Table',
    'aria-pressed': 'false',
    class: 'table-button',
    onclick: () => table.setAttribute('aria-pressed', String(actions.table())),
  });
  const help = h('button', {
    type: 'button',
    text: 'Keys',
    onclick: showKeys,
  });
  bar.append(h('span', { class: 'buttons' }, table, help));
  return bar;
}
