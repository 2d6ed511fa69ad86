import { type Ramp, ramp } from './colour';
import { ColourBar } from './colour-bar';
import { choice, h, on, onPoint, put, table } from './dom';
import { FigureElement } from './element';
import { exact } from './format';
import { binName, type Bins, bins, histogram } from './histogram';
import { type Firing, NeuronData, type NeuronsJson, type View } from './neuron-data';
import { clamp, extent, Scale } from './scale';
import { step } from './steps';
import { TableTwin } from './table-twin';
import { dark } from './theme';
import { TokenLine } from './token-line';
import { written } from './tokens';
import { Readout, Tooltip } from './tooltip';
import tokens from '../styles/tokens.css';
import chartCss from '../styles/chart.css';
import css from '../styles/neurons.css';

type Side = 'strongest' | 'weakest' | 'both';

/** Texts coloured by a neuron's activations, or a table of the tokens at which neurons fire most. */
export class NeuronsElement extends FigureElement<NeuronsJson> {
  #json!: NeuronsJson;
  #data!: NeuronData;
  #view: View = 'texts';
  #layer = 0;
  #neuron = 0;
  #page = 0;
  #perPage = 5;
  #side: Side = 'strongest';
  #count = 10;
  #columns = 8;
  #text = -1;
  /** What the contents were made for: they are made again when it changes. */
  #shown = '';
  #bytes: Uint8Array | null = null;
  #paint: (colours: Ramp) => void = () => undefined;
  #number!: HTMLInputElement;
  readonly #bar = new ColourBar('activation');
  readonly #options = h('div', { class: 'toolbar' });
  readonly #pages = h('div', { class: 'pages' });
  readonly #body = h('div', { class: 'texts' });
  readonly #facts = h('p', { class: 'label' });
  readonly #spread = h('div');
  /** The tables of what is shown; tokens by neuron are a table already. */
  #tables: () => HTMLElement[] = () => [];
  readonly #twin = new TableTwin(this, () => this.#tables());
  readonly #readout = new Readout();
  readonly #tooltip = new Tooltip();

  constructor() {
    super(tokens + chartCss + css);
  }

  protected fill(json: NeuronsJson): void {
    this.#json = json;
    this.#data = new NeuronData(json);
    this.#view = json.view;
    this.#layer = json.layer;
    this.#neuron = json.neuron;
    this.#number = h('input', { type: 'number', min: 0, max: json.neurons - 1, value: json.neuron, onchange: () => {
      const wanted = Math.round(Number(this.#number.value)) || 0;
      this.#neuron = clamp(wanted, 0, json.neurons - 1);
      this.#number.value = String(this.#neuron);
      this.#page = 0;
      this.redraw();
    } });
    const layers = json.blocks.map((_, i) => [String(i), String(i)] as const);
    this.root.append(
      h('div', { class: 'toolbar' },
        choice('View', [['texts', 'texts in order'], ['samples', 'strongest texts first'], ['tokens', 'tokens by neuron']] as const,
          this.#view, (view) => { this.#view = view; this.#page = 0; this.redraw(); }),
        choice('Layer', layers, String(json.layer), (layer) => { this.#layer = Number(layer); this.#bytes = null; this.#load(); }),
        h('label', { class: 'choice' }, h('span', { text: `Neuron, 0 to ${json.neurons - 1}` }), this.#number),
        h('span', { class: 'buttons' }, this.#twin.button)),
      this.#options,
      h('p', { class: 'note', text: json.note ?? '', hidden: !json.note }),
      this.#facts, this.#spread, this.#body, this.#pages, this.#bar.element, this.#readout.element, this.#twin.element, this.#tooltip.element);

    this.#bar.element.hidden = true;
    this.whenSeen(() => this.#load());
  }

  #load(): Promise<void> {
    const layer = this.#layer;
    this.#facts.textContent = `Layer ${layer} is being unpacked …`;
    return this.#data.layer(layer).then((bytes) => {
      if (layer !== this.#layer) return;
      this.#bytes = bytes;
      this.redraw();
    }, (error) => this.fail(error));
  }

  #tabulated(shown: readonly number[], rows: readonly (readonly (number | undefined)[])[], spread: Bins): HTMLElement[] {
    const { texts } = this.#data;
    return [
      table(`${this.#name(this.#neuron)}: tokens by activation`, ['activation', 'tokens'],
        spread.counts.flatMap((count, at) => (count ? [[binName(spread, at), String(count)]] : []))),
      ...shown.map((text) => table(`${this.#name(this.#neuron)}, text ${text}`, ['position', 'token', 'activation'],
        rows[text].map((value, at) => [String(at), written(texts[text].label(at)), shownValue(value)]))),
    ];
  }

  #name(neuron: number): string {
    return `L${this.#layer}N${neuron}`;
  }

  protected draw(): void {
    if (!this.#bytes) return;
    this.#bar.element.hidden = false;
    const key = [this.#view, this.#layer, this.#neuron, this.#page, this.#perPage, this.#side, this.#count, this.#columns, this.#text].join();
    if (key !== this.#shown) {
      this.#shown = key;
      if (this.#view === 'tokens') this.#showTokens(this.#bytes);
      else this.#showTexts(this.#bytes);
      this.#twin.fill();
      this.#twin.button.hidden = this.#view === 'tokens';
    }
    this.#paint(ramp(this.#signed ? 'signed' : 'attention', dark()));
  }

  #signed = false;
  #scale = new Scale('linear', 0, 1);

  /** Both signs have one scale: equal colours are equally far from zero. */
  #range(values: Iterable<number>): void {
    const [low, high] = extent(values);
    this.#signed = low < 0;
    const most = Math.max(-low, high);
    this.#scale = new Scale('linear', low < 0 ? -most : 0, most);
  }

  #showTexts(bytes: Uint8Array): void {
    const row = this.#data.row(bytes, this.#neuron);
    const known = row.filter((value): value is number => value !== undefined);
    this.#range(known);
    const { starts, texts } = this.#data;
    const rows = texts.map((_, text) => row.slice(starts[text], starts[text + 1]));
    const greatest = rows.map((values) => Math.max(-Infinity, ...values.filter((value): value is number => value !== undefined && !Number.isNaN(value))));
    const order = texts.map((_, text) => text);
    if (this.#view === 'samples') order.sort((a, b) => (greatest[a] === greatest[b] ? 0 : greatest[b] - greatest[a]));
    const [least, most] = extent(known);
    const positive = known.filter((value) => value > 0).length;
    this.#facts.textContent = `${this.#name(this.#neuron)}: from ${exact(least)} to ${exact(most)}; above zero at ${positive} of ${known.length} tokens${
      this.#json.kept ? ' that were kept' : ''}.`;
    put(this.#options, choice('Texts per page', ['1', '5', '10', '20'].map((n) => [n, n] as const), String(this.#perPage),
      (count) => { this.#perPage = Number(count); this.#page = 0; this.redraw(); }));
    this.#turn(order.length);
    const spread = bins(known);
    put(this.#spread, histogram(spread, `How often ${this.#name(this.#neuron)} has which activation${this.#json.kept ? ', of those that were kept' : ''}`,
      this.#tooltip, this.#readout));
    const shown = order.slice(this.#page * this.#perPage, (this.#page + 1) * this.#perPage);
    this.#tables = () => this.#tabulated(shown, rows, spread);
    const lines = shown.map((text) => {
      const tokens = texts[text];
      let locked: number | null = null;
      const say = (at: number) => this.#readout.say(`${this.#name(this.#neuron)}, text ${text}, ${tokens.named(at)}: ${shownValue(rows[text][at])}`);
      const line = new TokenLine(tokens, String, {
        toggle: (at) => { locked = locked === at ? null : at; say(at); this.redraw(); },
        point: (at, event) => {
          say(at);
          if (event) this.#tooltip.show(event.clientX, event.clientY, [['activation', shownValue(rows[text][at])]], tokens.named(at));
        },
        leave: () => this.#tooltip.hide(),
      });
      line.element.setAttribute('aria-label', `Tokens of text ${text}`);
      return { text, line, locked: () => locked };
    });
    put(this.#body, ...lines.map(({ text, line }) => h('div', {},
      h('h3', { text: `Text ${text}: at most ${exact(greatest[text])}` }), line.element)));
    this.#paint = (colours) => {
      for (const { text, line, locked } of lines) {
        const values = rows[text];
        line.paint(colours, (at) => (values[at] === undefined || Number.isNaN(values[at]) ? null : this.#scale.place(values[at]!)), locked());
        line.mark('nan', values.flatMap((value, at) => (value !== undefined && Number.isNaN(value) ? [at] : [])));
        line.mark('endless', values.flatMap((value, at) => (value !== undefined && Math.abs(value) === Infinity ? [at] : [])));
      }
      this.#bar.update(this.#scale, colours);
    };
  }

  #turn(texts: number): void {
    const pages = Math.ceil(texts / this.#perPage);
    const button = (text: string, by: number) => h('button', {
      text, disabled: this.#page + by < 0 || this.#page + by >= pages,
      onclick: () => { this.#page += by; this.redraw(); },
    });
    put(this.#pages, ...(pages > 1
      ? [button('Previous texts', -1), h('span', { text: `page ${this.#page + 1} of ${pages}` }), button('Next texts', 1)] : []));
  }

  #showTokens(bytes: Uint8Array): void {
    const { texts } = this.#data;
    put(this.#pages);
    put(this.#spread);
    this.#tables = () => [];
    put(this.#options,
      choice('Text', [['-1', 'all texts'], ...texts.map((_, i) => [String(i), `text ${i}`] as const)] as const, String(this.#text),
        (text) => { this.#text = Number(text); this.redraw(); }),
      choice('Tokens', [['strongest', 'strongest'], ['weakest', 'weakest'], ['both', 'both']] as const, this.#side,
        (side) => { this.#side = side; this.redraw(); }),
      choice('How many', ['5', '10', '20', '50'].map((n) => [n, n] as const), String(this.#count),
        (count) => { this.#count = Number(count); this.redraw(); }),
      choice('Neurons', ['4', '8', '16'].map((n) => [n, n] as const), String(this.#columns),
        (count) => { this.#columns = Number(count); this.redraw(); }));
    const last = Math.min(this.#json.neurons, this.#neuron + this.#columns);
    const neurons = Array.from({ length: last - this.#neuron }, (_, i) => this.#neuron + i);
    const columns = neurons.map((neuron) => {
      const all = this.#data.firings(bytes, neuron).filter(({ text }) => this.#text < 0 || text === this.#text);
      const strong = all.slice(0, this.#count);
      const weak = all.slice(-this.#count).reverse();
      return this.#side === 'strongest' ? strong : this.#side === 'weakest' ? weak : all.length > 2 * this.#count ? [...strong, ...weak.reverse()] : all;
    });
    this.#range(columns.flat().map(({ value }) => value));
    this.#facts.textContent = `Layer ${this.#layer}: the tokens at which ${this.#name(neurons[0])} to ${this.#name(last - 1)} fire ${
      this.#side === 'weakest' ? 'least' : 'most'}${this.#side === 'both' ? ' and least' : ''}.`;
    const rows = Math.max(...columns.map(({ length }) => length));
    const cells: { cell: HTMLElement; firing: Firing }[] = [];
    const grid: HTMLElement[][] = [];
    const lines = Array.from({ length: rows }, (_, rank) => {
      grid.push([]);
      return h('tr', {}, h('th', { scope: 'row', text: String(rank + 1) }), ...columns.map((column, i) => {
        const firing = column[rank];
        const cell = h('td', { tabindex: rank || i ? -1 : 0 });
        grid[rank].push(cell);
        if (!firing) return cell;
        cell.append(written(texts[firing.text].label(firing.position)), h('span', { class: 'value', text: exact(firing.value) }));
        cells.push({ cell, firing });
        const say = () => this.#readout.say(this.#said(neurons[i], firing));
        on(cell, 'focus', say);
        onPoint(cell, (event) => {
          say();
          this.#tooltip.show(event.clientX, event.clientY, [['activation', exact(firing.value)], ['text', String(firing.text)],
            ['context', this.#context(firing)]], `${this.#name(neurons[i])}, ${texts[firing.text].named(firing.position)}`);
        });
        on(cell, 'pointerleave', () => this.#tooltip.hide());
        return cell;
      }));
    });
    const table = h('table', { class: 'firings', role: 'grid', 'aria-label': 'Tokens by neuron' },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col', text: 'rank' }), ...neurons.map((neuron) => h('th', { scope: 'col', text: this.#name(neuron) })))),
      h('tbody', {}, ...lines));
    on(table, 'keydown', (event) => {
      const row = grid.findIndex((line) => line.includes(this.root.activeElement as HTMLElement));
      if (row < 0) return;
      const to = step(event.key, [row, grid[row].indexOf(this.root.activeElement as HTMLElement)], rows, columns.length);
      if (!to) return;
      for (const cell of grid.flat()) cell.tabIndex = -1;
      grid[to[0]][to[1]].tabIndex = 0;
      grid[to[0]][to[1]].focus();
      event.preventDefault();
    });
    put(this.#body, h('div', { class: 'scrolls' }, table));
    this.#paint = (colours) => {
      for (const { cell, firing } of cells) {
        const place = this.#scale.place(firing.value);
        cell.style.background = colours.css(place);
        cell.style.color = colours.ink(place);
      }
      this.#bar.update(this.#scale, colours);
    };
  }

  /** The token among its neighbours. */
  #context({ text, position }: Firing): string {
    const tokens = this.#data.texts[text];
    const from = Math.max(0, position - 4);
    return Array.from({ length: Math.min(tokens.size, position + 3) - from }, (_, i) => tokens.label(from + i)).join('');
  }

  #said(neuron: number, firing: Firing): string {
    return `${this.#name(neuron)}, text ${firing.text}, ${this.#data.texts[firing.text].named(firing.position)}: ${exact(firing.value)}`;
  }
}

const shownValue = (value: number | undefined): string => (value === undefined ? 'left out' : exact(value));
