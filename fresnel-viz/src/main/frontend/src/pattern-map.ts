import type { AttentionView, Cell } from './attention-view';
import { hatch, ramp } from './colour';
import { context, h } from './dom';
import { headName } from './heads';
import { square } from './head-grid';
import { drawAxes, drawCrosshair, type Plot } from './map-axes';
import { MapWindow } from './map-window';
import { painted, pooled } from './pooled';
import { dark, property } from './theme';
import type { Tooltip } from './tooltip';

const LARGEST = 520;
const TOP = 4;
const RIGHT = 8;

/** One head's attention, destinations down, sources across. */
export class PatternMap {
  readonly element: HTMLElement;
  private readonly base = h('canvas', { 'aria-hidden': 'true' });
  private readonly overlay = h('canvas', { tabindex: 0, role: 'application', class: 'overlay' });
  private readonly window: MapWindow;
  private plot: Plot = { left: 0, top: TOP, side: 1 };
  private image: HTMLCanvasElement | null = null;
  private imageOf = '';
  private drag: { x: number; y: number; from: number; moved: boolean } | null = null;

  constructor(
    private readonly view: AttentionView,
    private readonly tooltip: Tooltip,
    private readonly toggleToken: (token: number) => void,
  ) {
    this.window = new MapWindow(view.data.size);
    const zoom = (label: string, name: string, factor: number) =>
      h('button', { type: 'button', title: name, 'aria-label': name, text: label,
        onclick: () => this.zoom(factor, 0.5) });
    this.element = h(
      'div',
      { class: 'map' },
      this.base,
      this.overlay,
      h('div', { class: 'zoom' }, zoom('+', 'Zoom in', 0.6), zoom('−', 'Zoom out', 1 / 0.6),
        zoom('⤢', 'Whole text', Infinity)),
    );
    const { overlay } = this;
    overlay.addEventListener('pointermove', (event) => this.move(event));
    overlay.addEventListener('pointerdown', (event) => this.down(event));
    overlay.addEventListener('pointerup', (event) => this.up(event));
    overlay.addEventListener('pointerleave', () => this.point(null));
    overlay.addEventListener('blur', () => this.point(null));
    overlay.addEventListener('keydown', (event) => this.key(event));
    overlay.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
  }

  private zoom(factor: number, place: number): void {
    this.window.zoom(factor, place);
    this.view.change({});
  }

  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.zoom(event.deltaY > 0 ? 1.25 : 0.8, (event.offsetX - this.plot.left) / this.plot.side);
  }

  private cellAt(event: MouseEvent): Cell | null {
    const { left, top, side } = this.plot;
    const { from, span } = this.window;
    const key = from + Math.floor(((event.offsetX - left) / side) * span);
    const query = from + Math.floor(((event.offsetY - top) / side) * span);
    const inside = (at: number) => at >= from && at < this.window.to;
    return inside(key) && inside(query) ? { query, key } : null;
  }

  private down(event: PointerEvent): void {
    this.drag = { x: event.offsetX, y: event.offsetY, from: this.window.from, moved: false };
  }

  private move(event: PointerEvent): void {
    if (this.drag && event.buttons && !this.window.whole) {
      const cell = this.plot.side / this.window.span;
      const [dx, dy] = [event.offsetX - this.drag.x, event.offsetY - this.drag.y];
      if (this.drag.moved || Math.hypot(dx, dy) > 5) {
        this.drag.moved = true;
        this.window.moveTo(this.drag.from - Math.round((dx + dy) / 2 / cell));
        return this.view.change({});
      }
    }
    const cell = this.cellAt(event);
    this.point(cell);
    if (cell) this.tip(cell, event.clientX, event.clientY);
  }

  private up(event: PointerEvent): void {
    const moved = this.drag?.moved;
    this.drag = null;
    const cell = this.cellAt(event);
    if (cell && !moved) this.toggleToken(this.view.direction === 'sources' ? cell.query : cell.key);
  }

  private point(cell: Cell | null): void {
    if (!cell) this.tooltip.hide();
    const { direction } = this.view;
    const hoverToken = cell && (direction === 'sources' ? cell.query : cell.key);
    if (this.view.cell?.query !== cell?.query || this.view.cell?.key !== cell?.key) {
      this.view.change({ cell, hoverToken });
    }
  }

  private tip(cell: Cell, x: number, y: number): void {
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

  private key(event: KeyboardEvent): void {
    const last = this.view.data.size - 1;
    const { query, key } = this.view.cell ?? { query: this.window.from, key: this.window.from };
    const to = (q: number, k: number) => ({
      query: Math.max(0, Math.min(last, q)),
      key: Math.max(0, Math.min(last, k)),
    });
    const page = Math.max(1, Math.round(this.window.span / 8));
    const cell = {
      ArrowDown: to(query + 1, key), ArrowUp: to(query - 1, key),
      ArrowRight: to(query, key + 1), ArrowLeft: to(query, key - 1),
      PageDown: to(query + page, key), PageUp: to(query - page, key),
      Home: to(query, 0), End: to(query, this.view.data.json.causal ? query : last),
    }[event.key];
    if (cell && !(event.ctrlKey || event.metaKey || event.altKey)) {
      this.window.reveal(cell.query);
      if (cell.query === query) this.window.reveal(cell.key);
      this.point(cell);
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.toggleToken(this.view.direction === 'sources' ? query : key);
    } else if (event.key === '+') this.zoom(0.6, 0.5);
    else if (event.key === '-') this.zoom(1 / 0.6, 0.5);
    else if (event.key === '0') this.zoom(Infinity, 0.5);
    else return;
    event.preventDefault();
  }

  draw(): void {
    const width = this.element.clientWidth;
    const left = width < 420 ? 84 : 112;
    const side = Math.max(120, Math.min(LARGEST, width - left - RIGHT));
    const cell = side / this.window.span;
    this.plot = { left, top: TOP, side: cell >= 6 ? Math.floor(cell) * this.window.span : side };
    const { side: plotSide } = this.plot;
    const [canvasWidth, canvasHeight] = [left + plotSide + RIGHT, TOP + plotSide + left];
    this.freshen();
    const c = context(this.base, canvasWidth, canvasHeight);
    c.fillStyle = hatch(c, dark());
    c.fillRect(left, TOP, plotSide, plotSide);
    c.imageSmoothingEnabled = false;
    if (this.image) c.drawImage(this.image, left, TOP, plotSide, plotSide);
    c.strokeStyle = property('--line');
    c.strokeRect(left - 0.5, TOP - 0.5, plotSide + 1, plotSide + 1);
    const over = context(this.overlay, canvasWidth, canvasHeight);
    drawAxes(over, this.view, this.window, this.plot);
    drawCrosshair(over, this.view, this.window, this.plot);
    this.element.classList.toggle('zoomed', !this.window.whole);
    this.overlay.setAttribute(
      'aria-label',
      `Attention map, ${this.view.headLabel}. Arrow keys move the cell, Enter locks its token.`,
    );
  }

  /** Paints the cells anew when what they show has changed, and not for a moved pointer. */
  private freshen(): void {
    const { view, window } = this;
    const { head, data } = view;
    const decoded = head ? data.decoded(head.slot) : data.decodedLayers;
    const side = Math.min(window.span, Math.round(this.plot.side * devicePixelRatio));
    const key = [head ? headName(head) : '', decoded, view.scaleName, view.range, dark(),
      window.from, window.to, side].join();
    if (key === this.imageOf) return;
    this.imageOf = key;
    this.image = data.ready(head)
      ? painted(pooled(square(data, head), window.from, window.to, side), side, view.scale(), ramp('attention', dark()))
      : null;
  }
}
