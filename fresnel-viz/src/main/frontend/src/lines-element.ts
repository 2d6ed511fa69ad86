import { chart, type Series } from './chart';
import { h, put, table } from './dom';
import { FigureElement } from './element';
import { exact, type Num } from './format';
import { TableTwin } from './table-twin';
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
  readonly #twin = new TableTwin(this, () => [this.#table()]);

  constructor() {
    super(css);
  }

  protected fill(json: LinesJson): void {
    this.#json = json;
    this.#series = json.series.map(({ name, values }) => ({ name, values: values.map(Number) }));
    this.root.append(h('div', { class: 'toolbar' }, h('span', { class: 'buttons' }, this.#twin.button)),
      this.#box, this.#readout.element, this.#twin.element, this.#tooltip.element);
  }

  #table(): HTMLElement {
    return table('All values', [this.#json.title, ...this.#series.map(({ name }) => name)],
      this.#json.along.map((text, at) => [visible(text, 0), ...this.#series.map(({ values }) => exact(values[at]))]));
  }

  protected draw(): void {
    const width = Math.min(1100, this.clientWidth);
    if (width === this.#width) return;
    this.#width = width;
    const { along, unit, title } = this.#json;
    put(this.#box, chart({ label: `By ${title}`, unit, along, series: this.#series }, width, this.#tooltip, this.#readout));
  }
}
