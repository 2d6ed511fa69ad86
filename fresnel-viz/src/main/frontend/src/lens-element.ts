import { ramp } from './colour';
import { ColourBar } from './colour-bar';
import { h, put, table } from './dom';
import { FigureElement } from './element';
import { exact, type Num, percent } from './format';
import { Scale } from './scale';
import { scrollHint } from './scroll-hint';
import { locks, step } from './steps';
import { dark } from './theme';
import { Tokens, type TokensJson, written } from './tokens';
import { Readout, Tooltip } from './tooltip';
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
  readonly #bar = new ColourBar('probability of the likeliest token');
  readonly #tooltip = new Tooltip();
  readonly #readout = new Readout();
  readonly #detail = h('div', { class: 'detail' });
  readonly #scale = new Scale('linear', 0, 1);

  constructor() {
    super(css);
  }

  protected fill(json: LensJson): void {
    this.#json = json;
    this.#tokens = new Tokens(json.tokens);
    this.#vocabulary = new Tokens(json.vocabulary);
    this.#current = { stage: json.stages.length - 1, position: 0 };
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
      scroller,
      this.#bar.element,
      h('p', { class: 'label', text: 'Underlined: the token that really comes next.' }),
      this.#readout.element, this.#detail, this.#tooltip.element);
    body.addEventListener('pointermove', (event) => this.#hover(event));
    body.addEventListener('pointerleave', () => this.#tooltip.hide());
    body.addEventListener('click', (event) => {
      const at = cellOf(event);
      if (at) this.#toggle(at);
    });
    table.addEventListener('keydown', (event) => this.#key(event));
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
    else if (event.key === 'Escape') this.#locked = null;
    else return;
    event.preventDefault();
    this.redraw();
  }

  protected draw(): void {
    const colours = ramp('attention', dark());
    this.#cells.forEach((row, stage) => row.forEach((cell, position) => {
      const place = this.#scale.place(this.#guesses(stage, position)[0]?.probability || 0);
      cell.style.background = colours.css(place);
      cell.style.color = colours.ink(place);
      cell.tabIndex = this.#current.stage === stage && this.#current.position === position ? 0 : -1;
      const locked = this.#locked?.stage === stage && this.#locked.position === position;
      cell.classList.toggle('locked', locked);
      cell.setAttribute('aria-selected', String(locked));
    }));
    this.#bar.update(this.#scale, colours);
    put(this.#detail, this.#locked ? this.#list(this.#locked) : null);
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
