import { AttentionElement } from './attention-element';
import { type RampName, ramp } from './colour';
import { choice, h, put, table } from './dom';
import { FigureElement } from './element';
import { exact, type Num } from './format';
import { HeatPanel } from './heat-panel';
import { type Head, headName, sameHead, selection } from './heads';
import { extent, Scale } from './scale';
import { dark } from './theme';
import { written, visible } from './tokens';
import { Readout, Tooltip } from './tooltip';
import css from '../styles/heatmap.css';

interface TokenJson {
  readonly text: string | null;
  readonly id: number;
}

export interface HeatmapJson {
  readonly kind: 'scores' | 'attribution';
  readonly unit: string;
  readonly panels: readonly {
    readonly name: string;
    readonly values: readonly (readonly Num[])[];
    readonly message: string | null;
  }[];
  readonly attribution?: {
    readonly position: number;
    readonly token: TokenJson;
    readonly next: TokenJson;
    readonly method: string;
    readonly logit: Num;
    readonly components: readonly { name: string; score: Num }[];
  };
}

type Range = 'data' | 'panel' | 'unit';

/** Layer by head heat maps: scores by detector, or the attribution of a logit. */
export class HeatmapElement extends FigureElement<HeatmapJson> {
  readonly tooltip = new Tooltip();
  readonly readout = new Readout();
  #panels: HeatPanel[] = [];
  readonly #grid = h('div', { class: 'panels' });
  readonly #linked = h('p', { class: 'linked', 'aria-live': 'polite' });
  readonly #table = h('div', { class: 'table-twin', hidden: true });
  #colours: RampName = 'viridis';
  #range: Range = 'data';

  constructor() {
    super(css);
  }

  protected fill(json: HeatmapJson): void {
    const scores = json.kind === 'scores';
    this.#colours = scores ? 'cividis' : 'viridis';
    this.#panels = json.panels.map(({ name, values, message }) =>
      new HeatPanel(name, values.map((row) => row.map(Number)), json.unit, message, this));
    this.#grid.append(...this.#panels.map(({ element }) => element));
    this.root.append(
      this.#toolbar(scores),
      json.attribution ? lead(json.attribution) : '',
      h('div', { class: json.attribution?.components.length ? 'beside' : '' }, this.#grid,
        json.attribution ? components(json.attribution.components) : null),
      this.#linked,
      this.readout.element,
      this.#table,
      this.tooltip.element);
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') selection.select(null, this);
      else if (event.key === 't' && !(event.ctrlKey || event.metaKey)) this.#tableButton.click();
    });
    selection.listen(() => this.redraw());
  }

  #tableButton = h('button', {
    type: 'button', text: 'Table', 'aria-pressed': 'false',
    onclick: () => {
      this.#table.hidden = !this.#table.hidden;
      this.#tableButton.setAttribute('aria-pressed', String(!this.#table.hidden));
      if (!this.#table.hidden) put(this.#table, ...this.#panels.map(topHeads));
    },
  });

  #toolbar(scores: boolean): HTMLElement {
    const ramps: (readonly [RampName, string])[] = scores
      ? [['cividis', 'Cividis'], ['viridis', 'Viridis']]
      : [['viridis', 'Viridis'], ['signed', 'signed, zero in the middle']];
    const ranges: (readonly [Range, string])[] = [['data', 'the data']];
    if (this.#panels.length > 1) ranges.push(['panel', 'each map']);
    if (scores) ranges.push(['unit', '0 to 1']);
    const bar = h('div', { class: 'toolbar' },
      choice('Colours', ramps, this.#colours, (name) => { this.#colours = name; this.redraw(); }));
    if (ranges.length > 1) {
      bar.append(choice('Range', ranges, this.#range, (range) => { this.#range = range; this.redraw(); }));
    }
    bar.append(h('span', { class: 'buttons' }, this.#tableButton));
    return bar;
  }

  /** Locks the head in every explorer that has it; a second time unlocks. */
  lock(head: Head): void {
    selection.select(sameHead(head, selection.head) ? null : head, this);
  }

  #scale(panel: HeatPanel): Scale {
    if (this.#range === 'unit') return new Scale('linear', 0, 1);
    const panels = this.#range === 'panel' ? [panel] : this.#panels;
    const [low, high] = extent(panels.flatMap(({ values }) => values.flat()));
    const most = Math.max(Math.abs(low), Math.abs(high));
    if (this.#colours === 'signed') return new Scale('linear', -most, most);
    const scores = panel.unit !== 'logits';
    return new Scale('linear', scores ? Math.min(0, low) : low, high);
  }

  protected draw(): void {
    const width = this.#grid.clientWidth;
    const columns = Math.max(1, Math.min(this.#panels.length, Math.floor(width / 290)));
    const room = Math.floor((width - 24 * (columns - 1)) / columns);
    this.#grid.style.gridTemplateColumns = `repeat(${columns},minmax(0,1fr))`;
    for (const panel of this.#panels) {
      panel.draw(room, this.#scale(panel), ramp(this.#colours, dark()));
    }
    this.#link();
  }

  #link(): void {
    const head = selection.head;
    const explorer = head && [...document.querySelectorAll<AttentionElement>('fresnel-attention')]
      .find((element) => element.has(head));
    const section = explorer?.closest('section');
    put(this.#linked,
      head ? `${headName(head)} locked. ` : 'Click a head to lock it wherever this page shows it. ',
      section ? h('a', { href: `#${section.id}`, text: 'See its attention' }) : null);
  }
}

function lead({ position, token, next, method, logit }: NonNullable<HeatmapJson['attribution']>): HTMLElement {
  return h('p', { class: 'lead' },
    `Position ${position}, `, written(visible(token.text, token.id)), '. Next comes ',
    written(visible(next.text, next.id)), `, logit ${exact(Number(logit))}. Method: ${method}.`);
}

/** What is not a head, as bars about zero. */
function components(list: readonly { name: string; score: Num }[]): HTMLElement | null {
  if (!list.length) return null;
  const most = Math.max(1e-9, ...list.map(({ score }) => Math.abs(Number(score)) || 0));
  return h('details', { class: 'components', open: true },
    h('summary', { text: `What is not a head (${list.length})` }),
    h('table', {},
      h('tbody', {}, ...list.map(({ name, score }) => {
        const bar = h('span', { class: Number(score) < 0 ? 'bar negative' : 'bar' });
        bar.style.width = `${(50 * Math.abs(Number(score))) / most}%`;
        return h('tr', {},
          h('th', { scope: 'row', text: name }),
          h('td', { class: 'number', text: exact(Number(score)) }),
          h('td', { class: 'bars' }, bar));
      }))));
}

function topHeads(panel: HeatPanel): HTMLElement {
  const heads = panel.values
    .flatMap((row, layer) => row.map((value, head) => ({ name: headName({ layer, head }), value })))
    .filter(({ value }) => !Number.isNaN(value))
    .sort((a, b) => b.value - a.value);
  return table(`${panel.name}: heads by ${panel.unit}`, ['head', panel.unit],
    heads.slice(0, 20).map(({ name, value }) => [name, exact(value)]));
}
