import { ramp } from './colour';
import { ColourBar } from './colour-bar';
import { choice, h } from './dom';
import { FigureElement } from './element';
import { exact, type Num } from './format';
import { extent, Scale } from './scale';
import { dark } from './theme';
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

/** A text whose tokens are coloured by a number each; with several numbers, by the chosen one. */
export class ColouredTokensElement extends FigureElement<TokensFigureJson> {
  private tokens!: Tokens;
  private columns: readonly Column[] = [];
  private chosen = 0;
  private bounds: Bounds = 'column';
  private current = 0;
  private locked: number | null = null;
  private readonly spans: HTMLElement[] = [];
  private readonly tabs = h('div', { class: 'tabs', role: 'group', 'aria-label': 'Values' });
  private readonly strip = h('div', { class: 'strip', role: 'listbox', 'aria-label': 'Tokens' });
  private readonly bar = new ColourBar('value');
  private readonly tooltip = new Tooltip();
  private readonly readout = new Readout();

  constructor() {
    super(css);
  }

  protected fill(json: TokensFigureJson): void {
    this.tokens = new Tokens(json.tokens);
    this.columns = json.columns.map(({ label, values }) => ({ label, values: values.map(Number) }));
    for (let at = 0; at < this.tokens.size; at++) this.token(at);
    const several = this.columns.length > 1;
    if (several) {
      this.columns.forEach(({ label }, i) =>
        this.tabs.append(h('button', { type: 'button', text: label, onclick: () => this.choose(i) })));
      this.tabs.append(choice('Bounds', [['column', 'these values'], ['all', 'all values']] as const,
        this.bounds, (bounds) => { this.bounds = bounds; this.redraw(); }));
    }
    this.root.append(
      several ? this.tabs : '',
      this.columns.length === 1 ? h('p', { class: 'label', text: this.columns[0].label }) : '',
      this.strip,
      this.columns.length ? this.bar.element : '',
      this.readout.element,
      this.tooltip.element);
    this.strip.addEventListener('pointermove', (event) => this.hover(event));
    this.strip.addEventListener('pointerleave', () => this.tooltip.hide());
    this.strip.addEventListener('click', (event) => {
      const at = tokenOf(event);
      if (at !== null) this.toggle(at);
    });
    this.addEventListener('keydown', (event) => this.key(event));
  }

  private token(at: number): void {
    const span = h('span', { class: 'token', role: 'option', tabindex: at ? -1 : 0, 'aria-selected': 'false' },
      written(this.tokens.label(at)),
      h('sub', { text: this.columns.length ? String(at) : `${at} · #${this.tokens.id(at)}` }));
    span.dataset.token = String(at);
    this.spans.push(span);
    this.strip.append(span);
    if (this.tokens.breaksAfter(at)) this.strip.append(h('br'));
  }

  private choose(column: number): void {
    this.chosen = (column + this.columns.length) % this.columns.length;
    this.redraw();
    this.say();
  }

  private toggle(at: number): void {
    this.locked = this.locked === at ? null : at;
    this.current = at;
    this.say();
    this.redraw();
  }

  private hover(event: PointerEvent): void {
    const at = tokenOf(event);
    if (at === null) return this.tooltip.hide();
    if (this.locked === null && this.current !== at) {
      this.current = at;
      this.say();
    }
    this.tooltip.show(event.clientX, event.clientY,
      [['index', String(at)], ['id', String(this.tokens.id(at))],
        ...this.columns.map(({ label, values }) => [label, exact(values[at])] as [string, string])],
      this.tokens.label(at));
  }

  private say(): void {
    const at = this.locked ?? this.current;
    const values = this.columns.map(({ label, values }) => `${label} ${exact(values[at])}`);
    this.readout.say(`${this.tokens.named(at)}: ${values.join(', ') || `id ${this.tokens.id(at)}`}${
      this.locked === null ? '' : ' (locked)'}`);
  }

  private key(event: KeyboardEvent): void {
    const inTabs = this.tabs.contains(event.composedPath()[0] as Node);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const last = this.spans.length - 1;
    if (event.key === 'Escape') {
      this.locked = null;
      this.tooltip.hide();
    } else if (inTabs && step && this.columns.length) this.choose(this.chosen + step);
    else if (inTabs) return;
    else if (step) this.focusToken(Math.max(0, Math.min(last, this.current + step)));
    else if (event.key === 'Home') this.focusToken(0);
    else if (event.key === 'End') this.focusToken(last);
    else if (event.key === 'Enter' || event.key === ' ') this.toggle(this.current);
    else return;
    event.preventDefault();
    this.redraw();
  }

  private focusToken(at: number): void {
    this.current = at;
    if (this.locked !== null) this.locked = at;
    this.spans[at]?.focus();
    this.say();
  }

  protected draw(): void {
    const column = this.columns[this.chosen];
    const [low, high] = extent(this.bounds === 'all'
      ? this.columns.flatMap(({ values }) => values) : column?.values ?? []);
    const signed = low < 0 && high > 0;
    const most = Math.max(-low, high);
    const scale = signed ? new Scale('linear', -most, most)
      : new Scale('linear', low > 0 ? 0 : low, high <= 0 && low < 0 ? 0 : high);
    const colours = ramp(low < 0 ? 'signed' : 'attention', dark());
    const place = (value: number) => (low < 0 && !signed ? scale.place(value) / 2 : scale.place(value));
    this.spans.forEach((span, at) => {
      const value = column?.values[at] ?? NaN;
      const plain = !column || Number.isNaN(value);
      span.style.background = plain ? '' : colours.css(place(value));
      span.style.color = plain ? '' : colours.ink(place(value));
      span.classList.toggle('nan', !!column && plain);
      span.classList.toggle('locked', this.locked === at);
      span.setAttribute('aria-selected', String(this.locked === at));
      span.tabIndex = this.current === at ? 0 : -1;
    });
    this.tabs.querySelectorAll('button').forEach((button, i) =>
      button.setAttribute('aria-pressed', String(i === this.chosen)));
    if (column) this.bar.update(low < 0 && !signed ? new Scale('linear', low, -low) : scale, colours);
  }
}

function tokenOf(event: Event): number | null {
  const span = (event.target as Element).closest<HTMLElement>('.token');
  return span ? Number(span.dataset.token) : null;
}
