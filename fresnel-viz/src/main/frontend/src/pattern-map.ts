import type { AttentionView, Cell } from './attention-view';
import { hatch } from './colour';
import { context, h, on, width } from './dom';
import { headName } from './heads';
import { drawAxes, drawBrush, drawCrosshair, drawGuide, drawMarks, type Plot } from './map-axes';
import { MapPointer } from './map-pointer';
import { painted, pool, pooled } from './pooled';
import { locks, step } from './steps';
import { dark, property } from './theme';
import type { Tooltip } from './tooltip';

/** The largest side of the map, what else a window must have room for, and the margins, in CSS pixels. */
const LARGEST = 720;
const BESIDE = 240;
const TOP = 4;
const RIGHT = 8;
/** How many pixels of maps are kept, so that a head that was shown before is there at once: 32 MB. */
const KEPT = 8_000_000;
/** What one press of a zoom key or button does. */
const CLOSER = 0.6;

/** The shown attention: a row per destination, a column per source. */
export class PatternMap {
  readonly element: HTMLElement;
  readonly #base = h('canvas', { 'aria-hidden': 'true' });
  readonly #overlay = h('canvas', { tabindex: 0, role: 'application', class: 'overlay' });
  readonly #mini = h('canvas', { 'aria-hidden': 'true', class: 'mini' });
  readonly #width: () => number;
  #plot: Plot = { left: 0, top: TOP, side: 1 };
  #painted = '';
  /** What the axes and the hatching were drawn for. */
  #framed = '';
  readonly #images = new Map<string, HTMLCanvasElement>();

  constructor(
    private readonly view: AttentionView,
    private readonly tooltip: Tooltip,
    private readonly toggleToken: (token: number) => void,
  ) {
    const zoom = (label: string, name: string, factor: number) =>
      h('button', { title: name, 'aria-label': name, text: label, onclick: () => this.#zoom(factor) });
    this.element = h('div', { class: 'map' }, this.#base, this.#overlay, this.#mini,
      h('div', { class: 'zoom' }, zoom('+', 'Zoom in', CLOSER), zoom('−', 'Zoom out', 1 / CLOSER),
        zoom('⤢', 'Whole text', Infinity)));
    this.#width = width(this.element);
    const overlay = this.#overlay;
    new MapPointer(overlay, view, () => this.#measure(), {
      point: (cell, event) => {
        this.#point(cell);
        if (cell) this.#tip(cell, event.clientX, event.clientY);
      },
      choose: (cell) => this.#toggle(cell),
    });
    on(overlay, 'pointerleave', () => this.#point(null));
    on(overlay, 'blur', () => this.#point(null));
    on(overlay, 'keydown', (event) => this.#key(event));
    const jump = (event: PointerEvent) => {
      if (!event.buttons) return;
      const { window } = view;
      const to = (at: number) => Math.round((at / this.#mini.clientWidth) * window.size - window.span / 2);
      window.moveTo(to(event.offsetY), to(event.offsetX));
      view.change({});
    };
    on(this.#mini, 'pointerdown', jump);
    on(this.#mini, 'pointermove', jump);
  }

  #zoom(factor: number): void {
    const { window, cell } = this.view;
    // The cell under the keyboard or pointer stays where it is.
    const inside = cell && window.has(cell.query, cell.key) ? cell : null;
    window.zoom(factor, inside ? (inside.key - window.column + 0.5) / window.span : 0.5,
      inside ? (inside.query - window.row + 0.5) / window.span : 0.5);
    this.view.change({});
  }

  #toggle({ query, key }: Cell): void {
    this.toggleToken(this.view.direction === 'sources' ? query : key);
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
    const { view } = this;
    const { data, shown, window } = view;
    const { query, key } = cell;
    const rows: [string, string][] = [
      ['destination', data.tokens.named(query)],
      ['source', data.tokens.named(key)],
    ];
    if (data.masked(query, key)) rows.push(['weight', 'masked (key after query)']);
    else {
      for (const head of shown) {
        rows.push([view.overlaid ? headName(head!) : 'weight', view.format(view.at(head, query, key))]);
      }
      if (!view.overlaid) {
        const row = view.row(shown[0], query);
        rows.push(['rank in row', `${view.rank(shown[0], query, key)} of ${row.length}`]);
        if (!window.whole) {
          const part = row.subarray(window.column, window.column + window.span);
          rows.push(['sum of the shown', view.format(part.reduce((sum, weight) => sum + weight, 0))]);
        }
      }
    }
    this.tooltip.show(x, y, rows, view.head ? headName(view.head) : view.overlaid ? 'Overlaid heads' : `All heads, ${view.togetherLabel}`);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { view } = this;
    const { data, window, brush } = view;
    const { query, key } = view.cell ?? { query: window.row, key: window.column };
    const page = Math.max(1, Math.round(window.span / 8));
    const to = event.key === 'PageDown' ? [Math.min(data.size - 1, query + page), key]
      : event.key === 'PageUp' ? [Math.max(0, query - page), key]
      : step(event.key, [query, key], data.size, event.key === 'End' ? view.values.length(query) : data.size);
    if (to) {
      const cell = { query: to[0], key: to[1] };
      view.brush = event.shiftKey ? [brush?.[0] ?? { query, key }, cell] : null;
      window.reveal(cell);
      this.#point(cell);
    } else if (locks(event.key)) {
      if (brush) this.select(brush);
      else this.#toggle({ query, key });
    } else if (event.key === 'Escape' && brush) {
      view.change({ brush: null });
      event.stopPropagation();
    } else if (event.key === '+') this.#zoom(CLOSER);
    else if (event.key === '-') this.#zoom(1 / CLOSER);
    else if (event.key === '0') this.#zoom(Infinity);
    else return;
    event.preventDefault();
  }

  /** Shows a chosen range alone. */
  select([from, to]: readonly [Cell, Cell]): void {
    this.view.window.select(from, to);
    this.view.change({ brush: null });
  }

  /** Where the cells are: cells that are large enough have a whole number of pixels. */
  #measure(): Plot {
    const { span } = this.view.window;
    const width = this.#width();
    const left = width < 420 ? 84 : 112;
    const side = Math.max(120, Math.min(LARGEST, width - left - RIGHT, Math.max(420, innerHeight - BESIDE)));
    const cell = side / span;
    return { left, top: TOP, side: cell >= 6 ? Math.floor(cell) * span : side };
  }

  draw(): void {
    const { view } = this;
    const { window } = view;
    const plot = (this.#plot = this.#measure());
    const { left } = plot;
    this.#overlay.dataset.plot = [left, TOP, plot.side].join();
    const [canvasWidth, canvasHeight] = [left + plot.side + RIGHT, TOP + plot.side + left];
    this.#paint(canvasWidth, canvasHeight);
    const over = context(this.#overlay, canvasWidth, canvasHeight);
    drawMarks(over, view, plot);
    drawGuide(over, view, plot);
    drawCrosshair(over, view, plot);
    drawBrush(over, view, plot);
    this.element.classList.toggle('zoomed', !window.whole);
    this.#drawMini(left - 38);
    this.#overlay.setAttribute('aria-label',
      `Attention map, ${view.headLabel}. Arrow keys move the cell, Enter locks its token, Shift and arrow keys choose a range.`);
  }

  /** Paints the cells where what they show has changed; a moved pointer changes nothing here. */
  #paint(width: number, height: number): void {
    const { window } = this.view;
    const { left, side } = this.#plot;
    const image = this.#image(window, side);
    const frame = [window.row, window.column, window.span, left, side, dark(), devicePixelRatio, !image].join();
    const key = this.#looks() + frame;
    if (key === this.#painted) return;
    this.#painted = key;
    // Another head leaves the hatching and the axes as they are.
    const anew = frame !== this.#framed;
    this.#framed = frame;
    const c = anew ? context(this.#base, width, height) : this.#base.getContext('2d')!;
    if (anew) {
      c.fillStyle = hatch(c, dark());
      c.fillRect(left, TOP, side, side);
      drawAxes(c, this.view, this.#plot);
    }
    c.imageSmoothingEnabled = false;
    if (image) c.drawImage(image, left, TOP, side, side);
    c.strokeStyle = property('--line');
    c.lineWidth = 1;
    c.strokeRect(left - 0.5, TOP - 0.5, side + 1, side + 1);
  }

  /** What the cells' colours depend on. */
  #looks(): string {
    const { heads, values, together, scaleName, range, ready, headLabel } = this.view;
    const changing = heads.length && range !== 'shared' ? 0 : values.decodedLayers;
    return [values.id, changing, ready, together, scaleName, range, dark(), headLabel].join();
  }

  /** A part of the shown heads' weights as pixels; null while they are not decoded. */
  #image({ row, column, span }: { row: number; column: number; span: number }, pixels: number): HTMLCanvasElement | null {
    const { view } = this;
    if (!view.ready) return null;
    const side = Math.min(span, Math.round(pixels * devicePixelRatio));
    const key = [this.#looks(), row, column, span, side].join();
    const images = this.#images;
    const image = images.get(key) ?? painted(view.shown.map((head, i) => ({
      pool: (view.overlaid ? pooled : pool)(view.values.square(head, view.together), { row, column, span }, side),
      scale: view.scale(head),
      ramp: view.ramp(i),
    })), side);
    images.delete(key);
    images.set(key, image);
    let kept = 0;
    for (const [old, { width }] of [...images].reverse()) if ((kept += width * width) > KEPT && old !== key) images.delete(old);
    return image;
  }

  /** The whole map, small, with a frame about what is shown. */
  #drawMini(side: number): void {
    const { window } = this.view;
    this.#mini.hidden = window.whole;
    if (window.whole) return;
    const image = this.#image({ row: 0, column: 0, span: window.size }, side);
    const c = context(this.#mini, side, side);
    c.fillStyle = hatch(c, dark());
    c.fillRect(0, 0, side, side);
    c.imageSmoothingEnabled = false;
    if (image) c.drawImage(image, 0, 0, side, side);
    const scale = side / window.size;
    c.strokeStyle = property('--accent');
    c.lineWidth = 2;
    const extent = Math.max(4, window.span * scale);
    c.strokeRect(window.column * scale, window.row * scale, extent, extent);
  }
}
