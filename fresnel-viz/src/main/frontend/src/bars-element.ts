import { choice, h, put } from './dom';
import { FigureElement } from './element';
import { exact, type Num } from './format';
import css from '../styles/bars.css';

interface BarsJson {
  readonly unit: string;
  readonly waterfall: boolean;
  readonly labels: readonly string[];
  readonly values: readonly Num[];
}

type Order = 'size' | 'given';
type Form = 'bars' | 'waterfall';

interface Row {
  readonly label: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/** Numbers as bars, in a table: from zero, or each from the sum of those before. */
export class BarsElement extends FigureElement<BarsJson> {
  #json!: BarsJson;
  #values: readonly number[] = [];
  #form: Form = 'bars';
  #order: Order = 'size';
  #most = 20;
  readonly #body = h('div', { class: 'bars-box' });

  constructor() {
    super(css);
  }

  protected fill(json: BarsJson): void {
    this.#json = json;
    this.#values = json.values.map(Number);
    this.#form = json.waterfall ? 'waterfall' : 'bars';
    const { length } = this.#values;
    const counts = [10, 20, 50].filter((count) => count < length - 1).map((count) => [String(count), `${count}`] as const);
    const bar = h('div', { class: 'toolbar' },
      choice('Form', [['bars', 'from zero'], ['waterfall', 'waterfall']] as const, this.#form,
        (form) => { this.#form = form; this.redraw(); }),
      choice('Order', [['size', 'farthest from zero first'], ['given', 'as given']] as const, this.#order,
        (order) => { this.#order = order; this.redraw(); }));
    if (counts.length) {
      bar.append(choice('Bars', [...counts, [String(length), `all ${length}`] as const],
        String(Math.min(20, length)), (most) => { this.#most = Number(most); this.redraw(); }));
    }
    this.root.append(bar, this.#body);
  }

  /** The bars that are shown, and one for the others together. */
  #rows(): Row[] {
    const values = this.#values;
    const size = (i: number) => (Number.isNaN(values[i]) ? -1 : Math.abs(values[i]));
    const bySize = values.map((_, i) => i).sort((a, b) => (size(a) === size(b) ? 0 : size(b) - size(a)));
    const most = values.length <= this.#most + 1 ? values.length : this.#most;
    const shown = bySize.slice(0, most);
    if (this.#order === 'given') shown.sort((a, b) => a - b);
    const rows: Row[] = [];
    let sum = 0;
    const add = (label: string, value: number) => {
      const from = this.#form === 'waterfall' ? sum : 0;
      rows.push({ label, value, from, to: from + value });
      sum += value;
    };
    for (const i of shown) add(this.#json.labels[i], values[i]);
    const others = bySize.slice(most);
    if (others.length) add(`the other ${others.length}`, others.reduce((total, i) => total + values[i], 0));
    return rows;
  }

  protected draw(): void {
    const rows = this.#rows();
    const sum = this.#values.reduce((total, value) => total + value, 0);
    const ends = [0, sum, ...rows.flatMap(({ from, to }) => [from, to])].filter(Number.isFinite);
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const place = (value: number) => (high > low ? (100 * (value - low)) / (high - low) : 0);
    const line = (row: Row, last = false) => {
      const track = h('div', { class: 'track' });
      track.style.setProperty('--zero', `${place(0)}%`);
      if (Number.isFinite(row.to) && Number.isFinite(row.from)) {
        const bar = h('div', { class: row.value < 0 ? 'bar negative' : 'bar' });
        bar.style.left = `${place(Math.min(row.from, row.to))}%`;
        bar.style.width = `max(1px, ${place(Math.max(row.from, row.to)) - place(Math.min(row.from, row.to))}%)`;
        track.append(bar);
      } else track.append(h('span', { class: 'none', text: Number.isNaN(row.value) ? '×' : row.value > 0 ? '▶' : '◀' }));
      return h('tr', { class: last ? 'sum' : '' },
        h('th', { scope: 'row', text: row.label, title: row.label }), h('td', { class: 'graph' }, track),
        h('td', { class: 'number', text: exact(row.value) }),
        this.#form === 'waterfall' ? h('td', { class: 'number', text: exact(row.to) }) : null);
    };
    put(this.#body, h('table', {},
      h('thead', {}, h('tr', {}, h('th', { scope: 'col', text: 'part' }), h('th', { scope: 'col', text: 'bar' }),
        h('th', { scope: 'col', class: 'number', text: this.#json.unit }),
        this.#form === 'waterfall' ? h('th', { scope: 'col', class: 'number', text: 'so far' }) : null)),
      h('tbody', {}, ...rows.map((row) => line(row)), line({ label: 'sum', value: sum, from: 0, to: sum }, true))));
  }
}
