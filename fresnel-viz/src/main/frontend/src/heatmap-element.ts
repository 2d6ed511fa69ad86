import type { AttentionElement } from './attention-element';
import { ColourBar } from './colour-bar';
import { type RampName, ramp } from './colour';
import { choice, h, on, put, table } from './dom';
import { FigureElement } from './element';
import { exact, type Num } from './format';
import { type Cell, HeatPanel, type PanelJson, sameCell } from './heat-panel';
import { headName, selection } from './heads';
import { clamp, extent, Scale } from './scale';
import { TableTwin } from './table-twin';
import { dark } from './theme';
import { written, visible } from './tokens';
import { Readout, Tooltip } from './tooltip';
import css from '../styles/heatmap.css';

interface TokenJson {
  readonly text: string | null;
  readonly id: number;
  readonly label?: string;
}

export interface HeatmapJson {
  /** Whether the rows are a model's layers and the columns its heads. */
  readonly heads: boolean;
  readonly unit: string;
  /** Whether zero is the middle of the values rather than their end. */
  readonly signed: boolean;
  readonly panels: readonly PanelJson[];
  readonly attribution?: {
    readonly position: number;
    readonly token: TokenJson;
    readonly target: TokenJson;
    /** The token whose logit is subtracted. */
    readonly minus: TokenJson | null;
    readonly method: string;
    readonly logit: Num;
    readonly components: readonly { name: string; score: Num }[];
  };
}

type Range = 'data' | 'panel' | 'unit';

/** Heat maps of one unit, side by side; an attribution also lists its other components. */
export class HeatmapElement extends FigureElement<HeatmapJson> {
  readonly tooltip = new Tooltip();
  readonly readout = new Readout();
  #panels: HeatPanel[] = [];
  readonly #grid = h('div', { class: 'panels' });
  #bar!: ColourBar;
  readonly #linked = h('p', { class: 'linked', 'aria-live': 'polite' });
  readonly #twin = new TableTwin(this, () => this.#panels.map((panel) => this.#strongest(panel)));
  #json!: HeatmapJson;
  /** The locked cell, where cells are not heads; a locked head is the page's selection. */
  #locked: Cell | null = null;
  #colours: RampName = 'cividis';
  #range: Range = 'data';

  constructor() {
    super(css);
  }

  protected fill(json: HeatmapJson): void {
    this.#json = json;
    if (json.signed) this.#colours = 'signed';
    this.#bar = new ColourBar(json.unit);
    this.#panels = json.panels.map((panel) => new HeatPanel(panel, this));
    this.#grid.append(...this.#panels.map(({ element }) => element));
    this.root.append(
      this.#toolbar(json.signed),
      json.attribution ? lead(json.attribution) : '',
      h('div', { class: json.attribution?.components.length ? 'beside' : '' }, this.#grid,
        json.attribution ? components(json.attribution.components) : null),
      this.#bar.element,
      this.#linked,
      this.readout.element,
      this.#twin.element,
      this.tooltip.element);
    on(this, 'keydown', (event) => {
      if (event.key === 'Escape' && this.locked) this.lock(this.locked);
    });
    selection.listen(() => this.redraw());
  }

  #toolbar(signed: boolean): HTMLElement {
    const ramps: (readonly [RampName, string])[] = signed
      ? [['signed', 'zero in the middle'], ['viridis', 'Viridis']]
      : [['cividis', 'Cividis'], ['viridis', 'Viridis']];
    const ranges: (readonly [Range, string])[] = [['data', 'the data']];
    if (this.#panels.length > 1) ranges.push(['panel', 'each map']);
    const [low, high] = this.#extent(this.#panels);
    if (!signed && low >= 0 && high <= 1.001) ranges.push(['unit', '0 to 1']);
    const bar = h('div', { class: 'toolbar' },
      choice('Colours', ramps, this.#colours, (name) => { this.#colours = name; this.redraw(); }));
    if (ranges.length > 1) {
      bar.append(choice('Range', ranges, this.#range, (range) => { this.#range = range; this.redraw(); }));
    }
    bar.append(h('span', { class: 'buttons' }, this.#twin.button));
    return bar;
  }

  get unit(): string {
    return this.#json.unit;
  }

  get what(): 'head' | 'cell' {
    return this.#json.heads ? 'head' : 'cell';
  }

  get locked(): Cell | null {
    const { head } = selection;
    return this.#json.heads ? head && { row: head.layer, column: head.head } : this.#locked;
  }

  /** Locks a cell, or unlocks it where it is locked; a head is locked on the whole page. */
  lock(cell: Cell): void {
    const next = sameCell(cell, this.locked) ? null : cell;
    if (this.#json.heads) selection.select(next && { layer: next.row, head: next.column }, this);
    else this.#locked = next;
    this.redraw();
  }

  #extent(panels: readonly HeatPanel[]): [number, number] {
    return extent(panels.flatMap(({ values }) => values.flat()));
  }

  #scale(panel: HeatPanel): Scale {
    if (this.#range === 'unit') return new Scale('linear', 0, 1);
    const [low, high] = this.#extent(this.#range === 'panel' ? [panel] : this.#panels);
    const most = Math.max(Math.abs(low), Math.abs(high));
    if (this.#colours === 'signed') return new Scale('linear', -most, most);
    return new Scale('linear', this.#json.signed ? low : Math.min(0, low), high);
  }

  protected draw(): void {
    const width = this.#grid.clientWidth;
    const { length } = this.#panels;
    const most = clamp(Math.floor(width / 290), 1, length);
    const columns = Math.ceil(length / Math.ceil(length / most)); // rows of even length
    const room = Math.floor((width - 24 * (columns - 1)) / columns);
    this.#grid.style.gridTemplateColumns = `repeat(${columns},minmax(0,1fr))`;
    for (const panel of this.#panels) {
      panel.draw(room, this.#scale(panel), ramp(this.#colours, dark()), this.#range === 'panel' || length === 1);
    }
    this.#bar.element.hidden = this.#range === 'panel' || length === 1;
    this.#bar.update(this.#scale(this.#panels[0]), ramp(this.#colours, dark()));
    this.#link();
  }

  #link(): void {
    const { locked } = this;
    const head = this.#json.heads ? selection.head : null;
    const explorer = head && [...document.querySelectorAll<AttentionElement>('fresnel-attention')]
      .find((element) => element.has(head));
    const section = explorer?.closest('section');
    const name = head ? headName(head) : locked && this.#panels[0].label(locked);
    const where = this.#json.heads ? ' wherever this page shows it' : '';
    put(this.#linked,
      name ? `${name} locked. ` : `Click a ${this.what} to lock it${where}. `,
      section ? h('a', { href: `#${section.id}`, text: 'See its attention' }) : null);
  }

  #strongest(panel: HeatPanel): HTMLElement {
    const cells = panel.values
      .flatMap((line, row) => line.map((value, column) => ({ name: panel.label({ row, column }), value })))
      .filter(({ value }) => !Number.isNaN(value))
      .sort((a, b) => b.value - a.value);
    return table(`${panel.name}: ${this.what}s by ${this.unit}`, [this.what, this.unit],
      cells.slice(0, 20).map(({ name, value }) => [name, exact(value)]));
  }
}

function lead({ position, token, target, minus, method, logit }: NonNullable<HeatmapJson['attribution']>): HTMLElement {
  const named = ({ label, text, id }: TokenJson) => written(visible(label ?? text, id));
  return h('p', { class: 'lead' },
    `Position ${position}, `, named(token), '. The logit of ', named(target),
    ...(minus ? [', less that of ', named(minus), ','] : []), ` is ${exact(Number(logit))}. Method: ${method}.`);
}

/** The components that are not heads, as bars about zero. */
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
