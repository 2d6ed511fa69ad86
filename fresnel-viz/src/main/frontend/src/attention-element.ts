import { AttentionData, type AttentionJson } from './attention-data';
import { AttentionExplorer } from './attention-explorer';
import { AttentionView } from './attention-view';
import { choice, h, on, soon } from './dom';
import { FigureElement } from './element';
import { type Metric, metrics, sameHead, selection } from './heads';
import { Tooltip } from './tooltip';
import css from '../styles/attention.css';

/** How long layers may be decoded before a frame shows them, in milliseconds; also how long a pointer may then wait. */
const PATIENCE = 40;

/** Every head's attention over a text, or over several to choose from, alone or one less another. */
export class AttentionElement extends FigureElement<AttentionJson> {
  #texts: readonly AttentionData[] = [];
  #text = 0;
  /** The text that is subtracted; -1 for none. */
  #minus = -1;
  #view = new AttentionView(() => this.redraw());
  #metrics: readonly Metric[] = [];
  #explorer!: AttentionExplorer;
  readonly #texted = h('div', { class: 'texts' });
  readonly #body = h('div');
  readonly #tooltip = new Tooltip();
  #seen = false;
  /** Whether every layer is decoded. */
  #whole = false;
  /** Counts the texts that were opened: decoding of an earlier one stops. */
  #opened = 0;

  constructor() {
    super(css);
  }

  /** Whether this figure has the head. */
  has(head: { layer: number; head: number }): boolean {
    return !!this.#texts[this.#text]?.find(head);
  }

  protected fill(json: AttentionJson): void {
    this.#texts = json.texts.map((text) => new AttentionData(text, json.tier));
    this.#minus = json.difference ? 1 : -1;
    this.#metrics = [...json.scores.map(({ name, values }) => ({ name, values: values.map((row) => row.map(Number)) })),
      ...metrics.filter(({ name }) => !json.scores.some((own) => own.name === name))];
    this.root.append(this.#texted, this.#body,
      h('p', { class: 'note', text: json.note ?? '', hidden: !json.note }), this.#tooltip.element);
    this.#open();
    on(this, 'keydown', (event) => this.#explorer.key(event));
    selection.listen((head, from) => {
      const { data } = this.#view;
      const mine = data.find(head);
      if (from === this || (head && !mine) || data.heads.length === 1) return;
      this.#view.change({ locked: mine ? [mine] : [], hoverHead: null });
    });
    this.whenSeen(() => {
      this.#seen = true;
      return this.#decode();
    });
  }

  /** Shows the chosen text anew. */
  #open(): void {
    const view = this.#view;
    const data = this.#texts[this.#text];
    const others = this.#texts.filter((text) => text !== data && text.fits(data));
    const minus = this.#texts[this.#minus];
    view.open(data, others.includes(minus) ? minus : null);
    if (data.heads.length === 1) view.locked = data.heads;
    this.#explorer = new AttentionExplorer(view, this.#metrics, this.#tooltip, {
      lock: (heads) => this.#lock(heads),
      weigh: () => this.#open(),
    });
    this.#body.replaceChildren(this.#explorer.element);
    if (this.#texts.length > 1) this.#chooser(others, minus);
    if (this.#seen) void this.#decode();
    this.redraw();
  }

  #chooser(others: readonly AttentionData[], minus: AttentionData | undefined): void {
    const focused = this.root.activeElement?.closest('label')?.textContent;
    const option = (text: AttentionData): [string, string] => [`${this.#texts.indexOf(text)}`, text.json.name];
    const chosen = others.includes(minus!) ? `${this.#minus}` : '-1';
    this.#texted.replaceChildren(
      choice('Text', this.#texts.map(option), `${this.#text}`, (text) => {
        if (Number(text) === this.#minus) this.#minus = this.#minus < 0 ? -1 : this.#text;
        this.#text = Number(text);
        this.#open();
      }),
      choice('Less', [['-1', others.length ? 'nothing' : 'nothing (no text of the same length)'], ...others.map(option)], chosen, (text) => {
        this.#minus = Number(text);
        this.#open();
      }));
    // The drop-down that was used stays the focused one.
    for (const label of this.#texted.querySelectorAll('label')) {
      if (focused?.startsWith(label.firstChild!.textContent!)) label.querySelector('select')!.focus();
    }
  }

  /** Decodes layers, and lets a frame through before it would wait long; the layers of the shown heads come first. */
  async #decode(): Promise<void> {
    const view = this.#view;
    const { data, values } = view;
    const mine = ++this.#opened;
    delete this.dataset.ready;
    this.#whole = false;
    try {
      const { length } = data.json.layers;
      let shown = -Infinity;
      for (let slot = 0; slot < length; slot++) {
        for (const head of view.heads) if (!values.ready(head)) await values.decode(head.slot);
        await values.decode(slot);
        if (mine !== this.#opened) return;
        const last = slot === length - 1;
        if (!last && performance.now() - shown < PATIENCE) continue;
        this.redraw();
        if (!last) await new Promise<void>((resume) => soon(resume));
        shown = performance.now();
      }
      this.#whole = true;
    } catch (error) {
      this.fail(error);
    }
  }

  /** Locks heads here, and the last of them on the whole page. */
  #lock(heads: Parameters<AttentionView['lock']>[0]): void {
    const before = this.#view.locked;
    this.#view.lock(heads);
    const last = heads.at(-1) ?? null;
    if (last || before.some((head) => sameHead(head, selection.head))) selection.select(last, this);
  }

  protected draw(): void {
    this.#explorer.draw();
    if (this.#whole) this.dataset.ready ??= '';
  }
}
