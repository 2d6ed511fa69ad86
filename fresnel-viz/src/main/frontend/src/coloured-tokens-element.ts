import { ramp } from './colour';
import { ColourBar } from './colour-bar';
import { choice, h } from './dom';
import { FigureElement } from './element';
import { exact, type Num } from './format';
import { extent, Scale } from './scale';
import { step } from './steps';
import { dark } from './theme';
import { TokenLine } from './token-line';
import { Tokens, type TokensJson } from './tokens';
import { Readout, Tooltip } from './tooltip';
import css from '../styles/tokens.css';

interface TokensFigureJson {
  readonly tokens: TokensJson;
  readonly columns: readonly { label: string; values: readonly Num[] }[];
}

interface Column {
  readonly label: string;
  readonly values: readonly number[];
}

type Bounds = 'column' | 'all';

/** A text whose tokens are coloured by a number each. Of several numbers the reader chooses one. */
export class ColouredTokensElement extends FigureElement<TokensFigureJson> {
  #tokens!: Tokens;
  #line!: TokenLine;
  #columns: readonly Column[] = [];
  #chosen = 0;
  #bounds: Bounds = 'column';
  #locked: number | null = null;
  readonly #tabs = h('div', { class: 'tabs', role: 'group', 'aria-label': 'Values' });
  readonly #bar = new ColourBar('value');
  readonly #tooltip = new Tooltip();
  readonly #readout = new Readout();

  constructor() {
    super(css);
  }

  protected fill(json: TokensFigureJson): void {
    const tokens = (this.#tokens = new Tokens(json.tokens));
    this.#columns = json.columns.map(({ label, values }) => ({ label, values: values.map(Number) }));
    const plain = !this.#columns.length;
    this.#line = new TokenLine(tokens, (at) => (plain ? `${at} · #${tokens.id(at)}` : `${at}`), {
      toggle: (at) => {
        this.#locked = this.#locked === at ? null : at;
        this.#say(at);
        this.redraw();
      },
      point: (at, event) => this.#point(at, event),
      leave: () => this.#tooltip.hide(),
    });
    if (this.#columns.length > 1) this.#fillTabs();
    this.root.append(
      this.#columns.length > 1 ? this.#tabs : '',
      this.#columns.length === 1 ? h('p', { class: 'label', text: this.#columns[0].label }) : '',
      this.#line.element,
      plain ? '' : this.#bar.element,
      this.#readout.element,
      this.#tooltip.element);
    this.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.#locked = null;
      this.#tooltip.hide();
      this.redraw();
    });
  }

  #fillTabs(): void {
    this.#columns.forEach(({ label }, i) =>
      this.#tabs.append(h('button', { type: 'button', text: label, onclick: () => this.#choose(i) })));
    this.#tabs.addEventListener('keydown', (event) => {
      const to = step(event.key, [0, this.#chosen], 1, this.#columns.length);
      if (!to || !(event.target instanceof HTMLButtonElement)) return;
      this.#choose(to[1]);
      this.#tabs.querySelectorAll('button')[to[1]].focus();
      event.preventDefault();
    });
    this.#tabs.append(choice('Bounds', [['column', 'these values'], ['all', 'all values']] as const,
      this.#bounds, (bounds) => { this.#bounds = bounds; this.redraw(); }));
  }

  #choose(column: number): void {
    this.#chosen = column;
    this.redraw();
  }

  #point(at: number, event?: PointerEvent): void {
    this.#say(this.#locked ?? at);
    if (!event) return;
    this.#tooltip.show(event.clientX, event.clientY,
      [['index', String(at)], ['id', String(this.#tokens.id(at))],
        ...this.#columns.map(({ label, values }) => [label, exact(values[at])] as [string, string])],
      this.#tokens.label(at));
  }

  #say(at: number): void {
    const values = this.#columns.map(({ label, values }) => `${label} ${exact(values[at])}`);
    this.#readout.say(`${this.#tokens.named(at)}: ${values.join(', ') || `id ${this.#tokens.id(at)}`}${
      this.#locked === null ? '' : ' (locked)'}`);
  }

  protected draw(): void {
    const column = this.#columns[this.#chosen];
    const [low, high] = extent(this.#bounds === 'all'
      ? this.#columns.flatMap(({ values }) => values) : column?.values ?? []);
    const most = Math.max(-low, high);
    const scale = new Scale('linear', low < 0 ? -most : 0, most);
    const colours = ramp(low < 0 ? 'signed' : 'attention', dark());
    const valueless = (at: number) => !column || Number.isNaN(column.values[at]);
    this.#line.paint(colours, (at) => (valueless(at) ? null : scale.place(column.values[at])), this.#locked);
    this.#line.mark('nan', column ? column.values.flatMap((value, at) => (Number.isNaN(value) ? [at] : [])) : []);
    this.#tabs.querySelectorAll('button').forEach((button, i) =>
      button.setAttribute('aria-pressed', String(i === this.#chosen)));
    if (column) this.#bar.update(scale, colours);
  }
}
