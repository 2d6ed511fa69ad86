import type { PlacedHead } from './attention-data';
import { AttentionTable } from './attention-table';
import { arcSwitches, attentionToolbar, guideSwitch } from './attention-toolbar';
import type { AttentionView } from './attention-view';
import { arcs } from './arcs';
import { ColourBar } from './colour-bar';
import { h, put } from './dom';
import { HeadGrid } from './head-grid';
import { headOrder } from './head-order';
import { headName, type Metric, sameHead } from './heads';
import { hue, hueRamp, plainRamp } from './hues';
import { Last } from './last';
import { PatternMap } from './pattern-map';
import { dark } from './theme';
import { Readout, type Tooltip } from './tooltip';
import { TokenStrip } from './token-strip';

export interface ExplorerActions {
  readonly lock: (heads: readonly PlacedHead[]) => void;
  /** Shows the text with the view's weighting. */
  readonly weigh: () => void;
}

/** One text's explorer: a grid of heads, one large map, and the text. */
export class AttentionExplorer {
  readonly element: HTMLElement;
  readonly #grid: HeadGrid;
  readonly #map: PatternMap;
  readonly #strip: TokenStrip;
  readonly #table: AttentionTable;
  readonly #bar = new ColourBar('attention weight');
  readonly #readout = new Readout();
  readonly #headStatus = h('div', { class: 'status' });
  readonly #tokenStatus = h('div', { class: 'status' });
  #metric = '';
  #filter = '';
  readonly #said = new Last();

  constructor(
    private readonly view: AttentionView,
    private readonly metrics: readonly Metric[],
    private readonly tooltip: Tooltip,
    private readonly actions: ExplorerActions,
  ) {
    this.#strip = new TokenStrip(view, tooltip);
    this.#map = new PatternMap(view, tooltip, (token) => this.#strip.toggle(token));
    this.#table = new AttentionTable(view);
    this.#grid = new HeadGrid(view, headOrder(view, metrics, '', ''), actions.lock);
    const single = view.data.heads.length === 1;
    this.element = h('div', {},
      attentionToolbar(view, {
        metrics,
        weighting: (weighting) => {
          view.weighting = weighting;
          actions.weigh();
        },
        sort: (metric) => this.#reorder((this.#metric = metric), this.#filter),
        filter: (text) => this.#reorder(this.#metric, (this.#filter = text)),
        table: () => this.#table.toggle(),
      }),
      h('div', { class: 'stage' },
        h('div', {}, single ? null : this.#grid.element,
          h('div', { class: 'text' }, this.#tokenStatus, arcSwitches(view), this.#strip.element)),
        h('div', { class: 'large' }, this.#headStatus, this.#map.element, this.#readout.element,
          h('div', { class: 'below' }, this.#bar.element, guideSwitch(view)))),
      this.#table.element);
  }

  #reorder(metric: string, filter: string): void {
    this.#grid.show(headOrder(this.view, this.metrics, metric, filter));
    this.view.change({});
  }

  key(event: KeyboardEvent): void {
    const from = event.composedPath()[0] as HTMLElement;
    if (from.matches('input,select') || event.ctrlKey || event.metaKey || event.altKey) return;
    const { view } = this;
    const press = (button: string) => this.element.querySelector<HTMLElement>(`.${button}-button`)?.click();
    if (event.key === 'Escape') this.#unlock();
    else if (event.key === 't') press('table');
    else if (event.key === 'o') press('add');
    else if (event.key === '[' || event.key === ']') this.#step(event.key === ']' ? 1 : -1, 0);
    else if (event.key === '{' || event.key === '}') this.#step(0, event.key === '}' ? 1 : -1);
    else if (event.key === 'd') {
      const select = this.element.querySelector('select')!;
      select.value = view.direction === 'sources' ? 'destinations' : 'sources';
      select.dispatchEvent(new Event('change'));
    } else return;
    event.preventDefault();
  }

  #unlock(): void {
    this.tooltip.hide();
    this.view.change({ lockedToken: null, hoverToken: null, hoverHead: null, cell: null, brush: null });
    if (this.view.data.heads.length > 1) this.actions.lock([]);
  }

  /** Locks a head some heads further on, or the same head some layers further on. */
  #step(heads: number, layers: number): void {
    const { data, locked } = this.view;
    const last = locked.at(-1);
    const at = last ? data.heads.indexOf(last) : heads + layers > 0 ? -1 : data.heads.length;
    const to = heads || !last
      ? data.heads[(at + (heads || layers) + data.heads.length) % data.heads.length]
      : data.heads.find((h) => h.slot === last.slot + layers && h.head === last.head);
    if (!to) return;
    this.view.hoverHead = null;
    this.actions.lock([to]);
  }

  draw(): void {
    const { view } = this;
    this.#grid.draw();
    this.#map.draw();
    this.#strip.draw();
    this.#table.draw();
    this.#bar.update(view.scale(), view.overlaid ? plainRamp() : view.ramp(0));
    this.#status();
  }

  #status(): void {
    const { view } = this;
    const { data, values, heads, head, locked, token, lockedToken, window, cell } = view;
    if (!this.#said.differs(view.headLabel, values.decodedLayers, token, lockedToken, view.direction, view.arcs, window.row,
      window.column, window.span, cell?.query, cell?.key, view.mostArcs, view.leastArc, dark(), ...locked)) return;
    const only = data.heads.length === 1;
    const title = view.overlaid ? `${heads.length} heads, overlaid` : head ? `Head ${headName(head)}` : `All heads, ${view.togetherLabel}`;
    put(this.#headStatus,
      h('strong', { text: values.minus ? `${title}: ${data.json.name} less ${values.minus.json.name}` : title }),
      ...(only ? [] : locked.map((one, i) => this.#chip(one, i))),
      window.whole ? null : unlock(`queries ${window.row} to ${window.row + window.span - 1} · whole text`, () => {
        window.zoom(Infinity);
        view.change({});
      }));
    const { tokens } = data;
    const direction = view.direction === 'sources' ? 'attends to' : 'is attended to from';
    put(this.#tokenStatus,
      h('strong', { text: 'Text' }),
      h('span', {
        class: token === null ? 'hint' : '',
        text: token === null
          ? ' Hover a token to colour the others by attention; click to lock.'
          : ` coloured by how much ${tokens.named(token)} ${direction} each token`,
      }),
      lockedToken === null ? null : unlock(`${tokens.named(lockedToken)} locked · unlock`, () => this.#strip.toggle(lockedToken)),
    );
    const list = (side: string) => arcs(view).filter((arc) => arc.side === side)
      .map(({ other, weight }) => `${tokens.named(other)} ${view.format(weight)}`).join(', ') || 'no token';
    this.#readout.say(
      cell && view.ready ? `${view.headLabel}: ${view.describe(cell)}`
        : token === null ? `Showing ${view.headLabel}.`
        : `${view.headLabel}, token ${tokens.named(token)}${lockedToken === token ? ', locked' : ''}` +
          (view.arcs === 'none' || view.arcs === 'destinations' ? '' : `; it attends to ${list('sources')}`) +
          (view.arcs === 'none' || view.arcs === 'sources' ? '' : `; ${list('destinations')} attend to it`),
    );
  }

  /** A locked head's name, which unlocks it; in an overlay beside its hue. */
  #chip(head: PlacedHead, index: number): HTMLElement {
    const { locked } = this.view;
    const several = locked.length > 1;
    const chip = unlock(several ? `${headName(head)} ×` : `${headName(head)} locked · unlock`,
      () => this.actions.lock(this.view.locked.filter((one) => !sameHead(one, head))));
    if (!several) return chip;
    chip.setAttribute('aria-label', `Take ${headName(head)} out of the overlay`);
    const swatch = h('span', { class: 'swatch' });
    swatch.style.background = hueRamp(index).gradient;
    chip.style.borderColor = hue(index);
    chip.prepend(swatch);
    return chip;
  }
}

function unlock(text: string, click: () => void): HTMLElement {
  return h('button', { class: 'unlock', onclick: click, text });
}
