import { chart, type Series } from './chart';
import { h, put, table } from './dom';
import { FigureElement } from './element';
import { exact, type Num } from './format';
import { visible } from './tokens';
import { Readout, Tooltip } from './tooltip';
import css from '../styles/chart.css';

interface LinesJson {
  readonly unit: string;
  readonly title: string;
  readonly along: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly Num[] }[];
}

/** Series of numbers over labelled places. */
export class LinesElement extends FigureElement<LinesJson> {
  #json!: LinesJson;
  #series: readonly Series[] = [];
  #width = 0;
  readonly #box = h('div');
  readonly #tooltip = new Tooltip();
  readonly #readout = new Readout();
  readonly #twin = h('div', { class: 'table-twin', hidden: true, tabindex: 0, role: 'group', 'aria-label': 'All values' });
  readonly #button = h('button', { type: 'button', text: 'Table', 'aria-pressed': 'false', onclick: () => this.#toggle() });

  constructor() {
    super(css);
  }

  protected fill(json: LinesJson): void {
    this.#json = json;
    this.#series = json.series.map(({ name, values }) => ({ name, values: values.map(Number) }));
    this.root.append(h('div', { class: 'toolbar' }, h('span', { class: 'buttons' }, this.#button)),
      this.#box, this.#readout.element, this.#twin, this.#tooltip.element);
    this.addEventListener('keydown', (event) => {
      if (event.key === 't' && !(event.ctrlKey || event.metaKey)) this.#toggle();
    });
  }

  #toggle(): void {
    this.#twin.hidden = !this.#twin.hidden;
    this.#button.setAttribute('aria-pressed', String(!this.#twin.hidden));
    const { along, title } = this.#json;
    if (!this.#twin.hidden) {
      put(this.#twin, table('All values', [title, ...this.#series.map(({ name }) => name)],
        along.map((text, at) => [visible(text, 0), ...this.#series.map(({ values }) => exact(values[at]))])));
    }
  }

  protected draw(): void {
    const width = Math.min(1100, this.clientWidth);
    if (width === this.#width) return;
    this.#width = width;
    const { along, unit, title } = this.#json;
    put(this.#box, chart({ label: `By ${title}`, unit, along, series: this.#series }, width, this.#tooltip, this.#readout));
  }
}
