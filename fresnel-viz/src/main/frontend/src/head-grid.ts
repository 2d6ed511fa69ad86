import { clamp } from './scale';
import type { PlacedHead } from './attention-data';
import type { AttentionView } from './attention-view';
import { hatch, ramp } from './colour';
import { context, h, on, scrollBar, soon, width } from './dom';
import { type GridLayout, layOut, type Thumb } from './grid-layout';
import { headName, sameHead } from './heads';
import type { HeadOrder } from './head-order';
import { hue } from './hues';
import { Last } from './last';
import { onMove } from './moves';
import { painted, type Pool, pool } from './pooled';
import { scrollHint } from './scroll-hint';
import { locks, step } from './steps';
import { dark, paper, property } from './theme';

/** How long one task may take to paint maps anew, in milliseconds; the others follow in the next tasks. */
const PATIENCE = 30;
/** How far the least used head fades, 0..1; it stays recognisable. */
const MOST_FADE = 0.6;

/** A small map per head, on one canvas; what changes with the pointer is on a second one. */
export class HeadGrid {
  readonly element: HTMLElement;
  readonly #maps = h('canvas', { 'aria-hidden': 'true', class: 'maps' });
  readonly #canvas = h('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-label': 'Heads. Arrow keys choose a head, Enter locks it, Shift and Enter adds it, Escape unlocks.',
  });
  readonly #columns = h('div', { class: 'column-heads', 'aria-hidden': 'true' });
  readonly #rows = h('div', { class: 'row-heads', 'aria-hidden': 'true' });
  readonly #scroller: HTMLElement;
  readonly #width: () => number;
  readonly #empty = h('p', { class: 'empty', role: 'status' });
  readonly #pools = new Map<PlacedHead, Pool>();
  readonly #images = new Map<PlacedHead, HTMLCanvasElement>();
  #layout!: GridLayout;
  #order: HeadOrder;
  readonly #poolsOf = new Last();
  readonly #imagesOf = new Last();
  readonly #drawn = new Last();
  readonly #marked = new Last();
  readonly #headed = new Last();
  readonly #usesOf = new Last();
  #usesNow: readonly number[] | null = null;
  /** The head at which the keyboard is. */
  #at: PlacedHead | null = null;

  constructor(
    private readonly view: AttentionView,
    order: HeadOrder,
    private readonly lock: (heads: readonly PlacedHead[]) => void,
  ) {
    this.#order = order;
    this.#scroller = h('div', { class: 'heads-scroller' }, this.#columns, this.#rows,
      h('div', { class: 'thumbs' }, this.#maps, this.#canvas));
    scrollHint(this.#scroller);
    this.element = h('div', { class: 'heads' }, this.#scroller, this.#empty);
    this.#width = width(this.element);
    const canvas = this.#canvas;
    onMove(canvas, (event) => this.#hover(this.#hit(event)));
    on(canvas, 'pointerleave', () => this.#hover(null));
    on(canvas, 'blur', () => this.#hover(null));
    on(canvas, 'click', (event) => this.#choose(this.#hit(event), event.shiftKey));
    on(canvas, 'dblclick', (event) => {
      const head = this.#hit(event);
      if (head) this.lock([head]);
    });
    on(canvas, 'keydown', (event) => this.#key(event));
  }

  show(order: HeadOrder): void {
    this.#order = order;
    this.#scroller.scrollTop = 0;
  }

  /** Locks a head alone, or unlocks it where it is; with `add`, adds it to the others or takes it away. */
  #choose(head: PlacedHead | null, add: boolean): void {
    if (!head) return;
    const { view } = this;
    view.hoverHead = null;
    if (add || view.adding) {
      view.add(head);
      this.lock(view.locked);
    } else this.lock(view.locked.length === 1 && sameHead(head, view.locked[0]) ? [] : [head]);
  }

  #hover(head: PlacedHead | null): void {
    this.#at = head ?? this.#at;
    if (!sameHead(head, this.view.hoverHead)) this.view.change({ hoverHead: head });
  }

  #hit(event: MouseEvent): PlacedHead | null {
    return this.#layout.at(event.offsetX, event.offsetY);
  }

  #key(event: KeyboardEvent): void {
    const { heads } = this.#order;
    const { perRow } = this.#layout;
    const near = this.view.hoverHead ?? this.view.locked.at(-1) ?? this.#at;
    const at = heads.findIndex((head) => sameHead(head, near));
    const from = [Math.floor(Math.max(0, at) / perRow), Math.max(0, at) % perRow] as const;
    const to = heads.length ? step(event.key, from, Math.ceil(heads.length / perRow), perRow) : null;
    if (to) {
      const index = at < 0 ? 0 : Math.min(heads.length - 1, to[0] * perRow + to[1]);
      this.#hover(heads[index]);
      this.#reveal(this.#layout.thumbs[index]);
    } else if (locks(event.key) && near) this.#choose(near, event.shiftKey);
    else return;
    event.preventDefault();
  }

  #reveal({ x, y }: Thumb): void {
    const scroller = this.#scroller;
    const { margin, side } = this.#layout;
    scroller.scrollLeft = clamp(scroller.scrollLeft, x + margin + side + 4 - scroller.clientWidth, x);
    const top = this.#columns.offsetHeight;
    const below = y + this.#layout.reach + top - scroller.clientHeight;
    if (y < scroller.scrollTop) scroller.scrollTop = y;
    else if (below > scroller.scrollTop) scroller.scrollTop = below;
  }

  /** Draws what has changed; a hovered token or head does not touch the maps. */
  draw(): void {
    const { view } = this;
    const { values, scaleName, range, hoverHead, locked, token, direction } = view;
    const maps = this.#drawn.differs(
      this.#width(), this.#order, values, values.decodedLayers, scaleName, range, dark(), devicePixelRatio);
    if (maps) this.#draw();
    if (this.#marked.differs(hoverHead, locked, token, direction) || maps) this.#mark();
  }

  #draw(): void {
    const { matrix, remark, heads } = this.#order;
    this.#empty.textContent = remark;
    this.#empty.hidden = !remark;
    this.#scroller.classList.toggle('matrix', matrix);
    const most = parseFloat(getComputedStyle(this.#scroller).maxHeight);
    const columns = Math.max(...this.view.data.json.layers.map((layer) => layer.heads));
    this.#layout = layOut(heads, matrix ? columns : 0, this.#width(), most, scrollBar());
    this.#paintMaps();
  }

  /** Paints the maps; those that would take long to make follow in later tasks. */
  #paintMaps(): void {
    const layout = this.#layout;
    const { side } = layout;
    const c = context(this.#maps, layout.width, layout.height);
    this.#freshen();
    c.fillStyle = hatch(c, dark());
    for (const { x, y } of layout.thumbs) c.fillRect(x, y, side, side);
    c.imageSmoothingEnabled = false;
    const from = (first: number): void => {
      if (layout !== this.#layout) return;
      const until = performance.now() + PATIENCE;
      for (let i = first; i < layout.thumbs.length; i++) {
        const { head, x, y } = layout.thumbs[i];
        if (i > first && !this.#images.has(head) && performance.now() > until && !paper.now) return soon(() => from(i));
        const image = this.#image(head);
        if (image) c.drawImage(image, x, y, side, side);
      }
    };
    from(0);
  }

  /** Drops what would be drawn differently now. */
  #freshen(): void {
    const { view } = this;
    if (this.#poolsOf.differs(view.values, this.#layout.side, devicePixelRatio)) this.#pools.clear();
    const others = this.#imagesOf.differs(view.scaleName, view.range, view.range === 'shared' && view.values.most, dark());
    if (others || !this.#pools.size) this.#images.clear();
  }

  #image(head: PlacedHead): HTMLCanvasElement | null {
    const { values, signed, data } = this.view;
    let image = this.#images.get(head);
    if (image || !values.ready(head)) return image ?? null;
    const side = Math.min(data.size, Math.round(this.#layout.side * devicePixelRatio));
    const whole = { row: 0, column: 0, span: data.size };
    let found = this.#pools.get(head);
    if (!found) this.#pools.set(head, (found = pool(values.square(head, 'max'), whole, side)));
    image = painted([{ pool: found, scale: this.view.scale(head), ramp: ramp(signed ? 'signed' : 'attention', dark()) }], side);
    this.#images.set(head, image);
    return image;
  }

  /** Fades the heads that the focused token uses little, frames the shown ones, and names them. */
  #mark(): void {
    const { thumbs, side, width, height, matrix } = this.#layout;
    const { view } = this;
    const c = context(this.#canvas, width, height);
    const page = property('--page');
    const uses = this.#uses();
    const most = uses && Math.max(...uses.filter(Number.isFinite), 0);
    thumbs.forEach(({ head, x, y }, i) => {
      if (uses && most && uses[i] < most) {
        c.globalAlpha = MOST_FADE * (1 - Math.sqrt(uses[i] / most));
        c.fillStyle = page;
        c.fillRect(x, y, side, side);
        c.globalAlpha = 1;
      }
      const place = view.locked.findIndex((one) => sameHead(one, head));
      const shown = place >= 0 || sameHead(head, view.hoverHead);
      c.strokeStyle = place >= 0 && view.locked.length > 1 ? hue(place) : property(shown ? '--accent' : '--line');
      c.lineWidth = place >= 0 ? 3 : shown ? 2 : 1;
      c.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
      if (matrix) return;
      c.fillStyle = property(shown ? '--accent' : '--muted');
      c.font = `${place >= 0 ? '600 ' : ''}11px ${property('--sans')}`;
      const score = this.#order.score(head);
      c.fillText(headName(head) + (Number.isNaN(score) ? '' : `  ${score.toFixed(2)}`), x, y + side + 12);
    });
    this.#headers();
  }

  /** How much the focused token uses each head, in the layout's order; computed again where something of it changed. */
  #uses(): readonly number[] | null {
    const { token, direction, values } = this.view;
    if (this.#usesOf.differs(this.#layout, token, direction, values, values.decodedLayers)) {
      this.#usesNow = token === null ? null : this.#layout.thumbs.map(({ head }) => this.view.use(head));
    }
    return this.#usesNow;
  }

  #headers(): void {
    const { matrix, perRow, margin, reach, side } = this.#layout;
    const { heads, data } = this.view;
    if (!this.#headed.differs(this.#layout, ...heads)) return;
    const write = (box: HTMLElement, names: readonly string[], on: (i: number) => boolean, edge: 'left' | 'top', from: number) => {
      while (box.childElementCount > names.length) box.lastElementChild!.remove();
      names.forEach((text, i) => {
        const mark = (box.children[i] ?? box.appendChild(h('span'))) as HTMLElement;
        if (mark.textContent !== text) mark.textContent = text;
        mark.classList.toggle('on', on(i));
        const place = `${from + i * reach + side / 2}px`;
        if (mark.style[edge] !== place) mark.style[edge] = place;
      });
    };
    const columns = matrix ? Array.from({ length: perRow }, (_, i) => `H${i}`) : [];
    const rows = matrix ? data.json.layers.map(({ layer }) => `L${layer}`) : [];
    write(this.#columns, columns, (i) => heads.some(({ head }) => head === i), 'left', margin + 2.5);
    write(this.#rows, rows, (i) => heads.some(({ slot }) => slot === i), 'top', 2.5);
  }
}
