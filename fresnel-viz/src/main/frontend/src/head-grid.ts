import type { AttentionData, PlacedHead } from './attention-data';
import type { AttentionView } from './attention-view';
import { hatch, ramp } from './colour';
import { context, h, scrollBar } from './dom';
import { headName, sameHead } from './heads';
import type { HeadOrder } from './head-order';
import { painted, pooled } from './pooled';
import { scrollHint } from './scroll-hint';
import { locks, step } from './steps';
import { dark, property } from './theme';

/** Between two small maps, in CSS pixels. */
const GAP = 5;
/** The height of a label below a small map, where the order is not the model's. */
const LABEL = 15;
/** The width of the layers' names, where the order is the model's. */
const MARGIN = 34;
/** The height of the heads' names, where the order is the model's. */
const HEADER = 20;
/** The side of a small map, about, where the order is not the model's. */
const FLOW_THUMB = 76;

interface Thumb {
  readonly head: PlacedHead;
  readonly x: number;
  readonly y: number;
}

/** A small map per head, on one canvas. Hovering shows a head, a click locks or unlocks it. */
export class HeadGrid {
  readonly element: HTMLElement;
  readonly #canvas = h('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-label': 'Heads. Arrow keys choose a head, Enter locks it, Escape unlocks it.',
  });
  readonly #columns = h('div', { class: 'column-heads', 'aria-hidden': 'true' });
  readonly #rows = h('div', { class: 'row-heads', 'aria-hidden': 'true' });
  readonly #scroller: HTMLElement;
  readonly #empty = h('p', { class: 'empty', role: 'status' });
  readonly #images = new Map<string, HTMLCanvasElement>();
  #thumbs: Thumb[] = [];
  #thumb = 0;
  #perRow = 1;
  #order: HeadOrder;
  #imagesOf = '';
  #drawn = '';
  /** The shown and the locked head as they are drawn. */
  #marked: readonly (PlacedHead | null)[] = [];
  /** How many times the order was changed. */
  #shown = 0;

  constructor(
    private readonly view: AttentionView,
    order: HeadOrder,
    private readonly lock: (head: PlacedHead | null) => void,
  ) {
    this.#order = order;
    this.#scroller = h('div', { class: 'heads-scroller' }, this.#columns, this.#rows, this.#canvas);
    scrollHint(this.#scroller);
    this.element = h('div', { class: 'heads' }, this.#scroller, this.#empty);
    this.#canvas.addEventListener('pointermove', (event) => this.#hover(this.#hit(event)));
    this.#canvas.addEventListener('pointerleave', () => this.#hover(null));
    this.#canvas.addEventListener('blur', () => this.#hover(null));
    this.#canvas.addEventListener('click', (event) => {
      const head = this.#hit(event);
      if (head) this.toggle(head);
    });
    this.#canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  show(order: HeadOrder): void {
    this.#order = order;
    this.#shown++;
    this.#scroller.scrollTop = 0;
  }

  toggle(head: PlacedHead): void {
    const again = sameHead(head, this.view.lockedHead);
    if (again) this.view.hoverHead = null;
    this.lock(again ? null : head);
  }

  #hover(head: PlacedHead | null): void {
    if (!sameHead(head, this.view.hoverHead)) this.view.change({ hoverHead: head });
  }

  #hit(event: MouseEvent): PlacedHead | null {
    const reach = this.#thumb + GAP;
    const found = this.#thumbs.find(
      ({ x, y }) =>
        event.offsetX >= x - GAP / 2 &&
        event.offsetX < x - GAP / 2 + reach &&
        event.offsetY >= y - GAP / 2 &&
        event.offsetY < y - GAP / 2 + reach + (this.#order.matrix ? 0 : LABEL),
    );
    return found?.head ?? null;
  }

  #key(event: KeyboardEvent): void {
    const { heads } = this.#order;
    const at = heads.findIndex((head) => sameHead(head, this.view.head));
    const rows = Math.ceil(heads.length / this.#perRow);
    const from = [Math.floor(Math.max(0, at) / this.#perRow), Math.max(0, at) % this.#perRow] as const;
    const to = heads.length ? step(event.key, from, rows, this.#perRow) : null;
    if (to) {
      const index = at < 0 ? 0 : Math.min(heads.length - 1, to[0] * this.#perRow + to[1]);
      this.#hover(heads[index]);
      this.#reveal(this.#thumbs[index]);
    } else if (locks(event.key) && this.view.head) this.toggle(this.view.head);
    else return;
    event.preventDefault();
  }

  #reveal(thumb: Thumb | undefined): void {
    if (!thumb) return;
    const top = this.#canvas.offsetTop + thumb.y;
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop + this.#canvas.offsetTop) this.#scroller.scrollTop = thumb.y;
    else if (top + this.#thumb > scrollTop + clientHeight) {
      this.#scroller.scrollTop = top + this.#thumb + GAP + LABEL - clientHeight;
    }
  }

  /** Draws where what it shows has changed; a hovered token changes nothing here. */
  draw(): void {
    const { head, lockedHead, data } = this.view;
    const key = [this.element.clientWidth, data.decodedLayers, this.#imageKey(), this.#shown].join();
    const marked = [head, lockedHead];
    if (key !== this.#drawn) this.#draw();
    else if (marked.every((one, i) => sameHead(one, this.#marked[i]))) return;
    else this.#mark([...marked, ...this.#marked]);
    this.#drawn = key;
    this.#marked = marked;
  }

  /** Paints only the heads whose frame may have changed, and their names at the edges. */
  #mark(heads: readonly (PlacedHead | null)[]): void {
    const c = this.#canvas.getContext('2d')!;
    const wide = this.#thumb + GAP;
    for (const thumb of this.#thumbs.filter(({ head }) => heads.some((one) => sameHead(head, one)))) {
      c.clearRect(thumb.x - GAP / 2, thumb.y - GAP / 2, wide, wide + (this.#order.matrix ? 0 : LABEL));
      this.#paint(c, thumb);
    }
    this.#headers();
  }

  #draw(): void {
    const { matrix } = this.#order;
    this.#empty.textContent = this.#order.remark;
    this.#empty.hidden = !this.#order.remark;
    this.#scroller.classList.toggle('matrix', matrix);
    const margin = matrix ? MARGIN : 0;
    const width = Math.max(120, this.element.clientWidth - margin - GAP);
    this.#fit(width, matrix);
    // A vertical scroll bar takes room, so the maps must be smaller where there is one.
    const most = parseFloat(getComputedStyle(this.#scroller).maxHeight);
    if (this.#height() + (matrix ? HEADER : 0) > most) this.#fit(width - scrollBar(), matrix);
    const c = context(
      this.#canvas,
      Math.max(1, this.#perRow * (this.#thumb + GAP) + GAP),
      this.#height(),
    );
    this.#freshen();
    for (const thumb of this.#thumbs) this.#paint(c, thumb);
    this.#headers();
  }

  /** Chooses the side of the small maps, and places them. */
  #fit(width: number, matrix: boolean): void {
    const most = Math.max(...this.view.data.json.layers.map((layer) => layer.heads));
    this.#perRow = matrix ? most : Math.max(1, Math.floor(width / (FLOW_THUMB + GAP)));
    const room = Math.floor(width / this.#perRow) - GAP;
    this.#thumb = matrix ? Math.min(72, Math.max(22, room)) : Math.min(118, Math.max(40, room));
    this.#place();
  }

  #height(): number {
    return (this.#thumbs.at(-1)?.y ?? 0) + this.#thumb + GAP + (this.#order.matrix ? 0 : LABEL);
  }

  #place(): void {
    const { heads, matrix } = this.#order;
    const reach = this.#thumb + GAP;
    this.#thumbs = heads.map((head, i) => {
      const column = matrix ? head.head : i % this.#perRow;
      const row = matrix ? head.slot : Math.floor(i / this.#perRow);
      return { head, x: GAP / 2 + column * reach, y: GAP / 2 + row * (reach + (matrix ? 0 : LABEL)) };
    });
  }

  /** Drops the images where they would be drawn differently now. */
  #freshen(): void {
    const key = [this.#imageKey(), this.#thumb].join();
    if (key !== this.#imagesOf) this.#images.clear();
    this.#imagesOf = key;
  }

  #imageKey(): string {
    return [this.view.scaleName, this.view.range, dark(), window.devicePixelRatio].join();
  }

  #image(head: PlacedHead): HTMLCanvasElement | null {
    const { data } = this.view;
    if (!data.decoded(head.slot)) return null;
    const name = headName(head);
    let image = this.#images.get(name);
    if (!image) {
      const side = Math.min(data.size, Math.round(this.#thumb * window.devicePixelRatio));
      const pool = pooled(square(data, head), 0, data.size, side);
      image = painted(pool, side, this.view.scale(head), ramp('attention', dark()));
      this.#images.set(name, image);
    }
    return image;
  }

  #paint(c: CanvasRenderingContext2D, { head, x, y }: Thumb): void {
    const thumb = this.#thumb;
    const locked = sameHead(head, this.view.lockedHead);
    const shown = sameHead(head, this.view.head);
    c.fillStyle = hatch(c, dark());
    c.fillRect(x, y, thumb, thumb);
    const image = this.#image(head);
    if (image) {
      c.imageSmoothingEnabled = false;
      c.drawImage(image, x, y, thumb, thumb);
    }
    c.strokeStyle = property(shown || locked ? '--accent' : '--line');
    c.lineWidth = locked ? 3 : shown ? 2 : 1;
    c.strokeRect(x - 0.5, y - 0.5, thumb + 1, thumb + 1);
    if (this.#order.matrix) return;
    c.fillStyle = property(shown || locked ? '--accent' : '--muted');
    c.font = `${locked ? '600 ' : ''}11px ${property('--sans')}`;
    const score = this.#order.score(head);
    c.fillText(headName(head) + (Number.isNaN(score) ? '' : `  ${score.toFixed(2)}`), x, y + thumb + 12);
  }

  #headers(): void {
    const reach = this.#thumb + GAP;
    const { head } = this.view;
    this.#columns.replaceChildren();
    this.#rows.replaceChildren();
    if (!this.#order.matrix) return;
    for (let i = 0; i < this.#perRow; i++) {
      const mark = h('span', { class: head?.head === i ? 'on' : '', text: `H${i}` });
      mark.style.left = `${MARGIN + GAP / 2 + i * reach + this.#thumb / 2}px`;
      this.#columns.append(mark);
    }
    this.view.data.json.layers.forEach(({ layer }, slot) => {
      const mark = h('span', { class: head?.slot === slot ? 'on' : '', text: `L${layer}` });
      mark.style.top = `${GAP / 2 + slot * reach + this.#thumb / 2}px`;
      this.#rows.append(mark);
    });
  }
}

/** A square of one head's weights, with null of the greatest weight of all heads. */
export function square(data: AttentionData, head: PlacedHead | null) {
  return {
    size: data.size,
    at: (query: number, key: number) => data.at(head, query, key),
    masked: (query: number, key: number) => data.masked(query, key),
  };
}
