import { aboutZero } from './about-zero';
import { ramp } from './colour';
import { ColourBar } from './colour-bar';
import { choice, h, on, table } from './dom';
import { FigureElement } from './element';
import { exact, type Num, short } from './format';
import { clamp, extent } from './scale';
import { step } from './steps';
import { TableTwin } from './table-twin';
import { dark } from './theme';
import { TokenLine } from './token-line';
import { Tokens, type TokensJson, written } from './tokens';
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
  /** By column, the ends of the colours that the reader typed; NaN for the values' own. */
  #typed: [number, number][] = [];
  #ends: HTMLInputElement[] = [];
  #locked: number | null = null;
  readonly #tabs = h('div', { class: 'tabs', role: 'group', 'aria-label': 'Values' });
  readonly #bar = new ColourBar('value');
  readonly #twin = new TableTwin(this, () => [this.#table()]);
  readonly #beyond = h('p', { class: 'label' });
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
    this.#typed = this.#columns.map(() => [NaN, NaN]);
    if (this.#columns.length > 1) this.#fillTabs();
    this.root.append(
      this.#columns.length > 1 ? this.#tabs : '',
      this.#columns.length === 1 ? h('p', { class: 'label', text: this.#columns[0].label }) : '',
      this.#line.element,
      plain ? '' : this.#bar.element,
      plain ? '' : this.#beyond,
      plain ? h('div', { class: 'buttons limits' }, this.#twin.button) : this.#limits(),
      this.#readout.element,
      this.#twin.element,
      this.#tooltip.element);
    on(this, 'keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.#locked = null;
      this.#tooltip.hide();
      this.redraw();
    });
  }

  #fillTabs(): void {
    this.#columns.forEach(({ label }, i) =>
      this.#tabs.append(h('button', { text: label, onclick: () => this.#choose(i) })));
    on(this.#tabs, 'keydown', (event) => {
      const to = step(event.key, [0, this.#chosen], 1, this.#columns.length);
      if (!to || !(event.target instanceof HTMLButtonElement)) return;
      this.#choose(to[1]);
      this.#tabs.querySelectorAll('button')[to[1]].focus();
      event.preventDefault();
    });
  }

  /** The choice of bounds, and fields to type them: each column has its own. */
  #limits(): HTMLElement {
    this.#ends = [0, 1].map((end) => {
      const input = h('input', { type: 'number', step: 'any', oninput: () => {
        this.#typed[this.#chosen][end] = input.value === '' ? NaN : Number(input.value);
        this.redraw();
      } });
      return input;
    });
    const field = (label: string, end: number) => h('label', { class: 'choice' }, h('span', { text: label }), this.#ends[end]);
    return h('div', { class: 'toolbar limits' },
      this.#columns.length > 1 ? choice('Bounds', [['column', 'these values'], ['all', 'all values']] as const,
        this.#bounds, (bounds) => { this.#bounds = bounds; this.redraw(); }) : null,
      field('From', 0), field('To', 1),
      h('button', { text: 'Reset', onclick: () => {
        this.#typed[this.#chosen] = [NaN, NaN];
        for (const input of this.#ends) input.value = '';
        this.redraw();
      } }), this.#twin.button);
  }

  #table(): HTMLElement {
    return table('All tokens', ['position', 'token', 'id', ...this.#columns.map(({ label }) => label)],
      Array.from({ length: this.#tokens.size }, (_, at) => [
        String(at), written(this.#tokens.label(at)), String(this.#tokens.id(at)), ...this.#columns.map(({ values }) => exact(values[at]))]));
  }

  #choose(column: number): void {
    this.#chosen = column;
    this.#ends.forEach((input, end) => (input.value = `${this.#typed[column][end]}`.replace('NaN', '')));
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
    const values = column?.values ?? [];
    const own = extent(this.#bounds === 'all' ? this.#columns.flatMap((each) => each.values) : values);
    const typed = this.#typed[this.#chosen] ?? own;
    const ends = own.map((end, i) => (Number.isNaN(typed[i]) ? (i || own[0] < 0 ? end : 0) : typed[i]));
    // Zero is white: below it and above it equal colours are equally far away.
    const [low, high] = ends;
    const scale = aboutZero(low, high);
    const colours = ramp(low < 0 && high > 0 ? 'signed' : 'attention', dark());
    const inside = (value: number) => clamp(value, low, high);
    const which = (test: (value: number) => boolean) => values.flatMap((value, at) => (test(value) ? [at] : []));
    this.#line.paint(colours, (at) => (!column || Number.isNaN(values[at]) ? null : scale.place(inside(values[at]))), this.#locked);
    this.#line.mark('nan', which(Number.isNaN));
    const [above, below] = [which((value) => value > high), which((value) => value < low)];
    this.#line.mark('above', above);
    this.#line.mark('below', below);
    this.#beyond.hidden = above.length + below.length === 0;
    this.#beyond.textContent = above.length + below.length
      ? `Beyond the bounds, and coloured like them: ${above.length} above ${short(high)} (▲), ${below.length} below ${short(low)} (▼).` : '';
    this.#ends.forEach((input, end) => {
      input.placeholder = short(end || own[0] < 0 ? own[end] : 0);
      input.setCustomValidity(low < high ? '' : 'The first bound must be below the second.');
    });
    this.#tabs.querySelectorAll('button').forEach((button, i) =>
      button.setAttribute('aria-pressed', String(i === this.#chosen)));
    if (column) this.#bar.update(scale, colours);
  }
}
