import type { AttentionView, Cell } from './attention-view';
import { hatch, ramp } from './colour';
import { context, h } from './dom';
import { headName } from './heads';
import { square } from './head-grid';
import { drawAxes, drawCrosshair, drawMarks, type Plot } from './map-axes';
import { MapWindow } from './map-window';
import { painted, pooled } from './pooled';
import { locks, step } from './steps';
import { dark, property } from './theme';
import type { Tooltip } from './tooltip';

/** The largest side of the map, what else a window must have room for, and the margins, in CSS pixels. */
const LARGEST = 720;
const BESIDE = 240;
const TOP = 4;
const RIGHT = 8;

/** One head's attention: a row per destination, a column per source. */
export class PatternMap {
  readonly element: HTMLElement;
  readonly #base = h('canvas', { 'aria-hidden': 'true' });
  readonly #overlay = h('canvas', { tabindex: 0, role: 'application', class: 'overlay' });
  readonly #window: MapWindow;
  #plot: Plot = { left: 0, top: TOP, side: 1 };
  #painted = '';
  #drag: { x: number; y: number; from: number; moved: boolean } | null = null;

  constructor(
    private readonly view: AttentionView,
    private readonly tooltip: Tooltip,
    private readonly toggleToken: (token: number) => void,
  ) {
    this.#window = new MapWindow(view.data.size);
    const zoom = (label: string, name: string, factor: number) =>
      h('button', { type: 'button', title: name, 'aria-label': name, text: label,
        onclick: () => this.#zoom(factor, 0.5) });
    this.element = h(
      'div',
      { class: 'map' },
      this.#base,
      this.#overlay,
      h('div', { class: 'zoom' }, zoom('+', 'Zoom in', 0.6), zoom('−', 'Zoom out', 1 / 0.6),
        zoom('⤢', 'Whole text', Infinity)),
    );
    const overlay = this.#overlay;
    overlay.addEventListener('pointermove', (event) => this.#move(event));
    overlay.addEventListener('pointerdown', (event) => this.#down(event));
    overlay.addEventListener('pointerup', (event) => this.#up(event));
    overlay.addEventListener('pointerleave', () => this.#point(null));
    overlay.addEventListener('blur', () => this.#point(null));
    overlay.addEventListener('keydown', (event) => this.#key(event));
    overlay.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
  }

  #zoom(factor: number, place: number): void {
    this.#window.zoom(factor, place);
    this.view.change({});
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.#zoom(event.deltaY > 0 ? 1.25 : 0.8, (event.offsetX - this.#plot.left) / this.#plot.side);
  }

  #cellAt(event: MouseEvent): Cell | null {
    const { left, top, side } = this.#plot;
    const { from, span } = this.#window;
    const key = from + Math.floor(((event.offsetX - left) / side) * span);
    const query = from + Math.floor(((event.offsetY - top) / side) * span);
    const inside = (at: number) => at >= from && at < this.#window.to;
    return inside(key) && inside(query) ? { query, key } : null;
  }

  #down(event: PointerEvent): void {
    this.#drag = { x: event.offsetX, y: event.offsetY, from: this.#window.from, moved: false };
  }

  #move(event: PointerEvent): void {
    if (this.#drag && event.buttons && !this.#window.whole) {
      const cell = this.#plot.side / this.#window.span;
      const [dx, dy] = [event.offsetX - this.#drag.x, event.offsetY - this.#drag.y];
      if (this.#drag.moved || Math.hypot(dx, dy) > 5) {
        this.#drag.moved = true;
        this.#window.moveTo(this.#drag.from - Math.round((dx + dy) / 2 / cell));
        return this.view.change({});
      }
    }
    const cell = this.#cellAt(event);
    this.#point(cell);
    if (cell) this.#tip(cell, event.clientX, event.clientY);
  }

  #up(event: PointerEvent): void {
    const moved = this.#drag?.moved;
    this.#drag = null;
    const cell = this.#cellAt(event);
    if (cell && !moved) this.toggleToken(this.view.direction === 'sources' ? cell.query : cell.key);
  }

  #point(cell: Cell | null): void {
    if (!cell) this.tooltip.hide();
    const { direction } = this.view;
    const hoverToken = cell && (direction === 'sources' ? cell.query : cell.key);
    if (this.view.cell?.query !== cell?.query || this.view.cell?.key !== cell?.key) {
      this.view.change({ cell, hoverToken });
    }
  }

  #tip(cell: Cell, x: number, y: number): void {
    const { data, head } = this.view;
    const { query, key } = cell;
    const masked = data.masked(query, key);
    const rows: [string, string][] = [
      ['destination', data.tokens.named(query)],
      ['source', data.tokens.named(key)],
      ['weight', masked ? 'masked (key after query)' : this.view.format(data.at(head, query, key))],
    ];
    if (!masked) rows.push(['rank in row', `${data.rank(head, query, key)} of ${data.json.causal ? query + 1 : data.size}`]);
    this.tooltip.show(x, y, rows, head ? headName(head) : 'Greatest of all heads');
  }

  #key(event: KeyboardEvent): void {
    const { size, json } = this.view.data;
    const { query, key } = this.view.cell ?? { query: this.#window.from, key: this.#window.from };
    const page = Math.max(1, Math.round(this.#window.span / 8));
    const to = event.key === 'PageDown' ? [Math.min(size - 1, query + page), key]
      : event.key === 'PageUp' ? [Math.max(0, query - page), key]
      : step(event.key, [query, key], size, event.key === 'End' && json.causal ? query + 1 : size);
    const cell = to && { query: to[0], key: to[1] };
    if (cell && !(event.ctrlKey || event.metaKey || event.altKey)) {
      this.#window.reveal(cell.query);
      if (cell.query === query) this.#window.reveal(cell.key);
      this.#point(cell);
    } else if (locks(event.key)) {
      this.toggleToken(this.view.direction === 'sources' ? query : key);
    } else if (event.key === '+') this.#zoom(0.6, 0.5);
    else if (event.key === '-') this.#zoom(1 / 0.6, 0.5);
    else if (event.key === '0') this.#zoom(Infinity, 0.5);
    else return;
    event.preventDefault();
  }

  draw(): void {
    const width = this.element.clientWidth;
    const left = width < 420 ? 84 : 112;
    const side = Math.max(120, Math.min(LARGEST, width - left - RIGHT, Math.max(420, window.innerHeight - BESIDE)));
    const cell = side / this.#window.span;
    this.#plot = { left, top: TOP, side: cell >= 6 ? Math.floor(cell) * this.#window.span : side };
    const { side: plotSide } = this.#plot;
    this.#overlay.dataset.plot = [left, TOP, plotSide].join();
    const [canvasWidth, canvasHeight] = [left + plotSide + RIGHT, TOP + plotSide + left];
    this.#paint(canvasWidth, canvasHeight);
    const over = context(this.#overlay, canvasWidth, canvasHeight);
    drawMarks(over, this.view, this.#window, this.#plot);
    drawCrosshair(over, this.view, this.#window, this.#plot);
    this.element.classList.toggle('zoomed', !this.#window.whole);
    this.#overlay.setAttribute(
      'aria-label',
      `Attention map, ${this.view.headLabel}. Arrow keys move the cell, Enter locks its token.`,
    );
  }

  /** Paints the cells where what they show has changed; a moved pointer changes nothing here. */
  #paint(width: number, height: number): void {
    const view = this.view;
    const window = this.#window;
    const { left, side: plotSide } = this.#plot;
    const { head, data } = view;
    const decoded = head ? data.decoded(head.slot) : data.decodedLayers;
    const side = Math.min(window.span, Math.round(plotSide * devicePixelRatio));
    const key = [head ? headName(head) : '', decoded, view.scaleName, view.range, dark(),
      window.from, window.to, side, left, plotSide, devicePixelRatio].join();
    if (key === this.#painted) return;
    this.#painted = key;
    const c = context(this.#base, width, height);
    c.fillStyle = hatch(c, dark());
    c.fillRect(left, TOP, plotSide, plotSide);
    if (data.ready(head)) {
      const pool = pooled(square(data, head), window.from, window.to, side);
      const image = painted(pool, side, view.scale(), ramp('attention', dark()));
      c.imageSmoothingEnabled = false;
      c.drawImage(image, left, TOP, plotSide, plotSide);
    }
    drawAxes(c, view, window, this.#plot);
    c.strokeStyle = property('--line');
    c.lineWidth = 1;
    c.strokeRect(left - 0.5, TOP - 0.5, plotSide + 1, plotSide + 1);
  }
}
