import { AttentionData, type AttentionJson, type PlacedHead } from './attention-data';
import { AttentionTable } from './attention-table';
import { attentionToolbar } from './attention-toolbar';
import { AttentionView } from './attention-view';
import { ColourBar } from './colour-bar';
import { ramp } from './colour';
import { h, put } from './dom';
import { FigureElement } from './element';
import { HeadGrid } from './head-grid';
import { headOrder } from './head-order';
import { headName, sameHead, selection } from './heads';
import { PatternMap } from './pattern-map';
import { dark } from './theme';
import { Readout, Tooltip } from './tooltip';
import { TokenStrip } from './token-strip';
import css from '../styles/attention.css';

/** Every head's attention over a text: a grid of heads, one large map, and the text. */
export class AttentionElement extends FigureElement<AttentionJson> {
  #view!: AttentionView;
  #grid!: HeadGrid;
  #map!: PatternMap;
  #strip!: TokenStrip;
  #table!: AttentionTable;
  readonly #bar = new ColourBar('attention weight');
  readonly #tooltip = new Tooltip();
  readonly #readout = new Readout();
  readonly #headStatus = h('div', { class: 'status' });
  readonly #tokenStatus = h('div', { class: 'status' });
  #metric = '';
  #filterText = '';

  constructor() {
    super(css);
  }

  /** Whether this figure has the head. */
  has(head: { layer: number; head: number }): boolean {
    return this.#view?.data.find(head) !== null;
  }

  protected fill(json: AttentionJson): void {
    const data = new AttentionData(json);
    this.#view = new AttentionView(data, () => this.redraw());
    this.#strip = new TokenStrip(this.#view, this.#tooltip);
    this.#map = new PatternMap(this.#view, this.#tooltip, (token) => this.#strip.toggle(token));
    this.#table = new AttentionTable(this.#view);
    const order = headOrder(data, '', '');
    this.#grid = new HeadGrid(this.#view, order, (head) => this.#lock(head));
    const single = data.heads.length === 1;
    if (single) this.#view.lockedHead = data.heads[0];
    const toolbar = attentionToolbar(this.#view, {
      sort: (metric) => this.#reorder((this.#metric = metric), this.#filterText),
      filter: (text) => this.#reorder(this.#metric, (this.#filterText = text)),
      table: () => this.#table.toggle(),
    });
    const text = h('div', { class: 'text' }, this.#tokenStatus, this.#strip.element);
    this.root.append(
      toolbar,
      h('div', { class: 'stage' },
        h('div', {}, single ? null : this.#grid.element, text),
        h('div', { class: 'large' }, this.#headStatus, this.#map.element, this.#readout.element, this.#bar.element)),
      this.#table.element,
      h('p', { class: 'note', text: json.note ?? '', hidden: !json.note }),
      this.#tooltip.element,
    );
    this.addEventListener('keydown', (event) => this.#key(event));
    selection.listen((head, from) => {
      const mine = data.find(head);
      if (from === this || (head && !mine) || data.heads.length === 1) return;
      this.#view.change({ lockedHead: mine, hoverHead: null });
    });
    this.#decodeWhenSeen(data);
  }

  /** Decodes layer by layer, so that no frame waits long; the layer of the shown head comes first. */
  #decodeWhenSeen(data: AttentionData): void {
    const observer = new IntersectionObserver(async (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      try {
        for (let slot = 0; slot < data.json.layers.length; slot++) {
          const wanted = this.#view.head;
          if (wanted && !data.decoded(wanted.slot)) await data.decode(wanted.slot);
          await data.decode(slot);
          this.redraw();
          await new Promise((resume) => setTimeout(resume));
        }
        this.dataset.ready = '';
      } catch (error) {
        this.fail(error);
      }
    }, { rootMargin: '400px' });
    observer.observe(this);
  }

  #lock(head: PlacedHead | null): void {
    const before = this.#view.lockedHead;
    this.#view.change({ lockedHead: head });
    if (head || sameHead(before, selection.head)) selection.select(head, this);
  }

  #reorder(metric: string, filter: string): void {
    this.#grid.show(headOrder(this.#view.data, metric, filter));
    this.redraw();
  }

  #key(event: KeyboardEvent): void {
    const from = event.composedPath()[0] as HTMLElement;
    if (from.matches('input,select') || event.ctrlKey || event.metaKey || event.altKey) return;
    const view = this.#view;
    if (event.key === 'Escape') this.#unlock();
    else if (event.key === 't') this.root.querySelector<HTMLElement>('.table-button')!.click();
    else if (event.key === '[' || event.key === ']') this.#step(event.key === ']' ? 1 : -1, 0);
    else if (event.key === '{' || event.key === '}') this.#step(0, event.key === '}' ? 1 : -1);
    else if (event.key === 'd') {
      const select = this.root.querySelector('select')!;
      select.value = view.direction === 'sources' ? 'destinations' : 'sources';
      select.dispatchEvent(new Event('change'));
    } else return;
    event.preventDefault();
  }

  #unlock(): void {
    this.#tooltip.hide();
    this.#view.change({ lockedToken: null, hoverToken: null, hoverHead: null, cell: null });
    if (this.#view.data.heads.length > 1) this.#lock(null);
  }

  /** Locks a head some heads further on, or the same head some layers further on. */
  #step(heads: number, layers: number): void {
    const { data, lockedHead } = this.#view;
    if (!lockedHead) return this.#lock(data.heads[heads < 0 || layers < 0 ? data.heads.length - 1 : 0]);
    const at = data.heads.indexOf(lockedHead);
    const to = heads
      ? data.heads[(at + heads + data.heads.length) % data.heads.length]
      : data.heads.find((h) => h.slot === lockedHead.slot + layers && h.head === lockedHead.head);
    if (!to) return;
    this.#view.hoverHead = null;
    this.#lock(to);
  }

  protected draw(): void {
    const view = this.#view;
    const wanted = view.head;
    if (wanted && !view.data.decoded(wanted.slot)) {
      view.data.decode(wanted.slot).then(() => this.redraw(), (error) => this.fail(error));
    }
    this.#grid.draw();
    this.#map.draw();
    this.#strip.draw();
    this.#table.draw();
    this.#bar.update(view.scale(), ramp('attention', dark()));
    this.#status();
  }

  #status(): void {
    const view = this.#view;
    const { tokens } = view.data;
    const { head, lockedHead, token, lockedToken } = view;
    const only = view.data.heads.length === 1;
    put(this.#headStatus,
      h('strong', { text: head ? `Head ${headName(head)}` : 'All heads, greatest weight' }),
      lockedHead && !only ? unlockButton(headName(lockedHead), () => this.#lock(null)) : null,
    );
    const direction = view.direction === 'sources' ? 'attends to' : 'is attended to from';
    put(this.#tokenStatus,
      h('strong', { text: 'Text' }),
      h('span', {
        text: token === null
          ? ' Hover a token to colour the others by attention; click to lock.'
          : ` coloured by how much ${tokens.named(token)} ${direction} each token`,
      }),
      lockedToken === null ? null : unlockButton(tokens.named(lockedToken), () => this.#strip.toggle(lockedToken)),
    );
    const cell = view.cell;
    this.#readout.say(
      cell && view.data.ready(head) ? `${view.headLabel}: ${view.describe(cell)}`
        : token === null ? `Showing ${view.headLabel}.`
        : `${view.headLabel}, token ${tokens.named(token)}${lockedToken === token ? ', locked' : ''}`,
    );
  }
}

function unlockButton(what: string, unlock: () => void): HTMLElement {
  return h('button', { type: 'button', class: 'unlock', onclick: unlock, text: `${what} locked · unlock` });
}
