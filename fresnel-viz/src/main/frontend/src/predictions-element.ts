import { aboutZero } from './about-zero';
import { ramp } from './colour';
import { ColourBar } from './colour-bar';
import { choice, h, on, put, table } from './dom';
import { FigureElement } from './element';
import { exact, type Num } from './format';
import { GUESS_COLUMNS, guesses, guessRow } from './guesses';
import { extent } from './scale';
import { TableTwin } from './table-twin';
import { dark } from './theme';
import { TokenLine } from './token-line';
import { Tokens, type TokensJson, written } from './tokens';
import { Readout } from './tooltip';
import tokens from '../styles/tokens.css';
import css from '../styles/predictions.css';

interface PredictionsJson {
  readonly tokens: TokensJson;
  /** All tokens that are among the likeliest somewhere; predictions name a token by its index here. */
  readonly vocabulary: TokensJson;
  /** Of each token in the prediction before it; NaN for the first. */
  readonly ranks: readonly Num[];
  readonly columns: readonly { readonly label: string; readonly values: readonly Num[] }[];
  /** [position]: three numbers per rank, which are token, logit and probability. */
  readonly predictions: readonly (readonly Num[])[];
}

/** A text coloured by what the model made of each token, with the likeliest tokens in its place. */
export class PredictionsElement extends FigureElement<PredictionsJson> {
  #json!: PredictionsJson;
  #tokens!: Tokens;
  #vocabulary!: Tokens;
  #line!: TokenLine;
  #columns: readonly { label: string; values: readonly number[] }[] = [];
  #chosen = 0;
  #locked: number | null = null;
  #shown = -1;
  #bar = new ColourBar('log probability');
  readonly #bars = h('div');
  readonly #readout = new Readout();
  readonly #panel = h('div', { class: 'guesses', tabindex: 0, role: 'group', 'aria-label': 'The likeliest tokens' });
  readonly #twin = new TableTwin(this, () => [this.#table()]);

  constructor() {
    super(tokens + css);
  }

  protected fill(json: PredictionsJson): void {
    this.#json = json;
    this.#tokens = new Tokens(json.tokens);
    this.#vocabulary = new Tokens(json.vocabulary);
    this.#columns = json.columns.map(({ label, values }) => ({ label, values: values.map(Number) }));
    this.#line = new TokenLine(this.#tokens, String, {
      toggle: (at) => {
        this.#locked = this.#locked === at ? null : at;
        this.#show(at);
        this.redraw();
      },
      point: (at) => this.#show(this.#locked ?? at),
      leave: () => undefined,
    });
    const names = this.#columns.map(({ label }, i) => [String(i), label] as const);
    this.root.append(
      h('div', { class: 'toolbar' },
        choice('Colours', names, '0', (name) => {
          this.#chosen = Number(name);
          this.redraw();
        }),
        h('span', { class: 'buttons' }, this.#twin.button)),
      this.#line.element, this.#bars, this.#readout.element, this.#panel, this.#twin.element);
    on(this, 'keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.#locked = null;
      this.redraw();
    });
    this.#show(Math.min(1, this.#tokens.size - 1));
  }

  #show(at: number): void {
    if (at === this.#shown || at < 0) return;
    this.#shown = at;
    const rank = Number(this.#json.ranks[at]);
    const [log, probability, logit] = this.#columns.map(({ values }) => values[at]);
    if (at === 0) {
      this.#readout.say(`${this.#tokens.named(0)}: no prediction stands before the first token`);
      put(this.#panel, h('p', { class: 'label', text: 'No prediction stands before the first token.' }));
      return;
    }
    this.#readout.say(`${this.#tokens.named(at)}: rank ${rank || 'none'}, probability ${exact(probability)}, log probability ${exact(log)}${
      this.#locked === null ? '' : ' (locked)'}`);
    const id = this.#tokens.id(at);
    const found = guesses(this.#json.predictions[at - 1]);
    const own = guessRow(rank, this.#tokens.label(at), probability, logit);
    const list = table(`Expected after ${this.#tokens.named(at - 1)}; the first line is the token that came`, GUESS_COLUMNS,
      [own, ...found.map((guess, i) => guessRow(i + 1, this.#vocabulary.label(guess.token), guess.probability, guess.logit))]);
    list.tBodies[0].rows[0].className = 'came';
    found.forEach(({ token }, i) => {
      if (this.#vocabulary.id(token) === id) list.tBodies[0].rows[i + 1].className = 'same';
    });
    put(this.#panel, list);
  }

  #table(): HTMLElement {
    return table('All tokens', ['position', 'token', 'rank', ...this.#columns.map(({ label }) => label)],
      Array.from({ length: this.#tokens.size }, (_, at) => [
        String(at), written(this.#tokens.label(at)), exact(Number(this.#json.ranks[at])).replace(/\.?0*$/, ''),
        ...this.#columns.map(({ values }) => exact(values[at])),
      ]));
  }

  protected draw(): void {
    const { label, values } = this.#columns[this.#chosen];
    const [low, high] = extent(values);
    const scale = aboutZero(Math.min(0, low), high);
    const colours = ramp(low < 0 && high > 0 ? 'signed' : 'attention', dark());
    this.#line.paint(colours, (at) => (Number.isNaN(values[at]) ? null : scale.place(values[at])), this.#locked);
    this.#line.mark('nan', values.flatMap((value, at) => (Number.isNaN(value) && at ? [at] : [])));
    this.#line.mark('endless', values.flatMap((value, at) => (Math.abs(value) === Infinity ? [at] : [])));
    this.#bar = new ColourBar(label);
    this.#bar.update(scale, colours);
    put(this.#bars, this.#bar.element);
  }
}
