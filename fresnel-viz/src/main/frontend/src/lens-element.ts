import { ramp } from './colour';
import { ColourBar } from './colour-bar';
import { chart } from './chart';
import { choice, h, on, onPoint, put, table } from './dom';
import { FigureElement } from './element';
import { exact, type Num, percent } from './format';
import { extent, Scale, type Tick } from './scale';
import { scrollHint } from './scroll-hint';
import { locks, step } from './steps';
import { dark } from './theme';
import { Tokens, type TokensJson, written } from './tokens';
import { Readout, Tooltip } from './tooltip';
import chartCss from '../styles/chart.css';
import css from '../styles/lens.css';

interface LensJson {
  readonly tokens: TokensJson;
  readonly stages: readonly string[];
  /** The width of each column, the stages' first, in CSS pixels: a picture without a browser has the same. */
  readonly widths: readonly number[];
  /** All tokens that are predicted somewhere; predictions name a token by its index here. */
  readonly vocabulary: TokensJson;
  /** [stage][position]: three numbers per rank, which are token, logit and probability. */
  readonly predictions: readonly (readonly (readonly Num[])[])[];
  /** [stage][position], in nats; of the prediction, and of its divergence from the final one. */
  readonly entropies?: readonly (readonly Num[])[];
  readonly divergences?: readonly (readonly Num[])[];
  /** [stage][position]: three numbers per followed token, which are token, rank and probability. */
  readonly followed?: readonly (readonly (readonly Num[])[])[];
  /** The position whose last prediction is locked at first. */
  readonly pinned?: number;
}

type Colour = 'probability' | 'entropy' | 'divergence' | 'rank';

/** The room on a sheet of A4 or letter paper, in CSS pixels. */
const PAPER = 680;

const CAPTIONS: Readonly<Record<Colour, string>> = {
  probability: 'probability of the likeliest token',
  entropy: 'entropy of the prediction, nats',
  divergence: 'divergence from the final prediction, nats',
  rank: 'rank of the token that comes next',
};

/** Ranks: 1 is at the end of the ramp, equal ratios are equally far apart. */
class RankScale extends Scale {
  constructor(most: number) {
    super('log', 1, Math.max(2, most));
  }

  override place(rank: number): number {
    return 1 - Math.log(rank) / Math.log(this.high);
  }

  override ticks(): Tick[] {
    const ticks = [{ place: 0, label: String(this.high) }];
    for (let rank = 10 ** Math.floor(Math.log10(this.high)); rank >= 1; rank /= 10) {
      if (this.place(rank) > 0.12) ticks.push({ place: this.place(rank), label: String(rank) });
    }
    return ticks;
  }
}

interface Guess {
  readonly token: number;
  readonly logit: number;
  readonly probability: number;
}

/** The likeliest next tokens after each stage, position by position. */
export class LensElement extends FigureElement<LensJson> {
  #json!: LensJson;
  #tokens!: Tokens;
  #vocabulary!: Tokens;
  readonly #cells: HTMLElement[][] = [];
  #current = { stage: 0, position: 0 };
  #locked: { stage: number; position: number } | null = null;
  #bar = new ColourBar(CAPTIONS.probability);
  #colour: Colour = 'probability';
  /** The token whose way is drawn, by its index in the vocabulary; null for the cell's likeliest. */
  #pinned: number | null = null;
  readonly #bars = h('div');
  readonly #tooltip = new Tooltip();
  readonly #readout = new Readout();
  readonly #detail = h('div', { class: 'detail' });
  #scale = new Scale('linear', 0, 1);

  constructor() {
    super(css + chartCss);
  }

  protected fill(json: LensJson): void {
    this.#json = json;
    this.#tokens = new Tokens(json.tokens);
    this.#vocabulary = new Tokens(json.vocabulary);
    this.#current = { stage: json.stages.length - 1, position: json.pinned ?? 0 };
    if (json.pinned !== undefined) this.#locked = this.#current;
    const head = h('tr', {}, h('th', { scope: 'col', class: 'corner', text: 'after' }));
    for (let at = 0; at < this.#tokens.size; at++) {
      head.append(h('th', { scope: 'col' }, h('sub', { text: String(at) }), ...this.#tokens.written(at)));
    }
    const body = h('tbody');
    json.stages.forEach((stage, row) => body.append(this.#row(stage, row)));
    const columns = h('colgroup', {}, ...json.widths.map((width) => {
      const column = h('col');
      column.style.width = `${width}px`;
      return column;
    }));
    const table = h('table', { 'aria-label': 'Logit lens', role: 'grid' }, columns, h('thead', {}, head), body);
    table.style.width = `${json.widths.reduce((a, b) => a + b)}px`;
    const scroller = h('div', { class: 'scroller', tabindex: 0, role: 'group', 'aria-label': 'Logit lens table' }, table);
    scrollHint(scroller);
    this.root.append(
      json.followed ? this.#toolbar() : '',
      scroller,
      this.#bars,
      h('p', { class: 'label', text: 'Underlined: the token that really comes next.' }),
      this.#readout.element, this.#detail, this.#tooltip.element);
    onPoint(body, (event) => this.#hover(event));
    on(body, 'pointerleave', () => this.#tooltip.hide());
    on(body, 'click', (event) => {
      const at = cellOf(event);
      if (at) this.#toggle(at);
    });
    on(table, 'keydown', (event) => this.#key(event));
    on(window, 'beforeprint' as 'input', () => scroller.after(...this.#onPaper(table)));
    on(window, 'afterprint' as 'input', () => this.root.querySelectorAll('.paper').forEach((part) => part.remove()));
  }

  /** The table in parts as wide as paper, where nothing scrolls. */
  #onPaper(table: HTMLTableElement): HTMLElement[] {
    const [names, ...widths] = this.#json.widths;
    const parts: HTMLElement[] = [];
    for (let from = 0, to = 0; from < widths.length; from = to) {
      let wide = names;
      while (to < widths.length && (to === from || wide + widths[to] <= PAPER)) wide += widths[to++];
      const part = table.cloneNode(true) as HTMLElement;
      part.style.width = `${wide}px`;
      for (const line of part.querySelectorAll('colgroup, tr')) {
        [...line.children].forEach((cell, at) => { if (at && (at <= from || at > to)) cell.remove(); });
      }
      parts.push(h('div', { class: 'scroller paper' }, part));
    }
    return parts;
  }

  #row(stage: string, row: number): HTMLElement {
    const line = h('tr', {}, h('th', { scope: 'row', text: stage }));
    this.#cells.push(this.#json.predictions[row].map((_, position) => {
      const [first] = this.#guesses(row, position);
      const cell = h('td', { tabindex: -1, class: this.#real(first, position) ? 'real' : '' },
        first ? written(this.#vocabulary.label(first.token)) : '');
      cell.dataset.cell = `${row},${position}`;
      line.append(cell);
      return cell;
    }));
    return line;
  }

  #guesses(stage: number, position: number): Guess[] {
    const numbers = this.#json.predictions[stage][position];
    return Array.from({ length: numbers.length / 3 }, (_, rank) => ({
      token: Number(numbers[3 * rank]),
      logit: Number(numbers[3 * rank + 1]),
      probability: Number(numbers[3 * rank + 2]),
    }));
  }

  /** Whether a prediction is the token that comes next in the text. */
  #real(guess: Guess | undefined, position: number): boolean {
    return !!guess && position + 1 < this.#tokens.size &&
      this.#vocabulary.id(guess.token) === this.#tokens.id(position + 1);
  }

  #hover(event: PointerEvent): void {
    const at = cellOf(event);
    if (!at) return this.#tooltip.hide();
    this.#tooltip.show(event.clientX, event.clientY,
      this.#guesses(at.stage, at.position).map(({ token, probability }, rank) =>
        [`${rank + 1}  ${this.#vocabulary.label(token)}`, exact(probability)]),
      this.#heading(at));
    this.#say(at);
  }

  #heading({ stage, position }: { stage: number; position: number }): string {
    return `${this.#json.stages[stage]}, after ${this.#tokens.named(position)}`;
  }

  #say(at: { stage: number; position: number }): void {
    const [first] = this.#guesses(at.stage, at.position);
    this.#readout.say(first
      ? `${this.#heading(at)}: ${this.#vocabulary.label(first.token)} ${percent(first.probability)}${
        this.#real(first, at.position) ? ', the token that comes next' : ''}`
      : this.#heading(at));
  }

  #toggle(at: { stage: number; position: number }): void {
    const again = this.#locked?.stage === at.stage && this.#locked.position === at.position;
    this.#locked = again ? null : at;
    this.#current = at;
    this.redraw();
  }

  #key(event: KeyboardEvent): void {
    const { stage, position } = this.#current;
    const to = step(event.key, [stage, position], this.#cells.length, this.#tokens.size);
    if (to) {
      const [row, column] = to;
      this.#current = { stage: row, position: column };
      this.#cells[row][column].focus();
      this.#say(this.#current);
    } else if (locks(event.key)) this.#toggle(this.#current);
    else if (event.key === 'Escape') this.#locked = this.#pinned = null;
    else return;
    event.preventDefault();
    this.redraw();
  }

  #toolbar(): HTMLElement {
    const names = (Object.keys(CAPTIONS) as Colour[]).map((name) => [name, CAPTIONS[name]] as const);
    return h('div', { class: 'toolbar' }, choice('Colours', names, this.#colour, (colour) => {
      this.#colour = colour;
      this.redraw();
    }));
  }

  /** What a cell's colour stands for; NaN where there is nothing. */
  #value(stage: number, position: number): number {
    if (this.#colour === 'entropy') return Number(this.#json.entropies![stage][position]);
    if (this.#colour === 'divergence') return Number(this.#json.divergences![stage][position]);
    if (this.#colour === 'rank') {
      const comes = this.#comes(position);
      return comes < 0 ? NaN : this.#way(position, comes)[stage].rank;
    }
    return this.#guesses(stage, position)[0]?.probability || 0;
  }

  /** The index of the token that comes next; -1 where none does, or it is not followed. */
  #comes(position: number): number {
    const first = Number(this.#json.followed?.[0][position][0] ?? -1);
    const next = position + 1 < this.#tokens.size ? this.#tokens.id(position + 1) : null;
    return first >= 0 && this.#vocabulary.id(first) === next ? first : -1;
  }

  /** A token's rank and probability by stage, at a position; NaN where it is not followed. */
  #way(position: number, token: number): { rank: number; probability: number }[] {
    return this.#json.followed!.map((row) => {
      const numbers = row[position];
      for (let i = 0; i < numbers.length; i += 3) {
        if (Number(numbers[i]) === token) return { rank: Number(numbers[i + 1]), probability: Number(numbers[i + 2]) };
      }
      return { rank: NaN, probability: NaN };
    });
  }

  protected draw(): void {
    const values = this.#cells.map((row, stage) => row.map((_, position) => this.#value(stage, position)));
    const [, most] = extent(values.flat());
    this.#scale = this.#colour === 'rank' ? new RankScale(most)
      : new Scale('linear', 0, this.#colour === 'probability' ? 1 : most);
    const colours = ramp('attention', dark());
    this.#cells.forEach((row, stage) => row.forEach((cell, position) => {
      const value = values[stage][position];
      const none = Number.isNaN(value);
      const place = none ? 0 : this.#scale.place(value);
      cell.style.background = none ? '' : colours.css(place);
      cell.style.color = none ? '' : colours.ink(place);
      cell.tabIndex = this.#current.stage === stage && this.#current.position === position ? 0 : -1;
      const locked = this.#locked?.stage === stage && this.#locked.position === position;
      cell.classList.toggle('locked', locked);
      cell.setAttribute('aria-selected', String(locked));
    }));
    this.#bar = new ColourBar(CAPTIONS[this.#colour]);
    this.#bar.update(this.#scale, colours);
    put(this.#bars, this.#bar.element);
    const key = JSON.stringify([this.#locked, this.#pinned, this.clientWidth]);
    if (key === this.#detailed) return;
    this.#detailed = key;
    put(this.#detail, this.#locked ? this.#list(this.#locked) : null,
      this.#locked && this.#json.followed ? this.#trajectory(this.#locked) : null);
  }

  /** What the detail below the table shows: it is made again when that changes. */
  #detailed = '';

  /** How a token's probability and rank at the locked position change by stage. */
  #trajectory({ stage, position }: { stage: number; position: number }): HTMLElement {
    const row = this.#json.followed![stage][position];
    const followed = Array.from({ length: row.length / 3 }, (_, i) => Number(row[3 * i]));
    const own = this.#guesses(stage, position)[0]?.token ?? -1;
    const token = this.#pinned !== null && followed.includes(this.#pinned) ? this.#pinned : own;
    const comes = this.#comes(position);
    const shown = comes >= 0 && comes !== token ? [token, comes] : [token];
    const ways = shown.map((each) => ({
      name: this.#vocabulary.label(each) + (each === comes ? ', which comes next' : ''), way: this.#way(position, each) }));
    const width = Math.min(760, this.clientWidth);
    const draw = (label: string, of: (at: { rank: number; probability: number }) => number, more: object) => chart({
      label, along: this.#json.stages, series: ways.map(({ name, way }) => ({ name, values: way.map(of) })), unit: 'by stage', ...more,
    }, width, this.#tooltip, this.#readout);
    return h('div', { class: 'way' },
      choice('Token', followed.map((each) => [String(each), this.#vocabulary.label(each)] as const), String(token), (chosen) => {
        this.#pinned = Number(chosen);
        this.redraw();
      }),
      draw(`Probability after ${this.#tokens.named(position)}`, ({ probability }) => probability, { range: [0, 1] }),
      draw(`Rank after ${this.#tokens.named(position)}`, ({ rank }) => rank, { ranks: true }));
  }

  #list(at: { stage: number; position: number }): HTMLElement {
    return table(this.#heading(at), ['rank', 'token', 'probability', 'logit'],
      this.#guesses(at.stage, at.position).map(({ token, probability, logit }, rank) => [
        String(rank + 1), written(this.#vocabulary.label(token)), exact(probability), exact(logit)]));
  }
}

function cellOf(event: Event): { stage: number; position: number } | null {
  const cell = (event.target as Element).closest<HTMLElement>('td[data-cell]');
  if (!cell) return null;
  const [stage, position] = cell.dataset.cell!.split(',').map(Number);
  return { stage, position };
}
