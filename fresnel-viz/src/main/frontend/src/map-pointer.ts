import { clamp } from './scale';
import { on } from './dom';
import type { AttentionView, Cell } from './attention-view';
import type { Plot } from './map-axes';
import { onMove } from './moves';

/** How far a pointer moves before it drags, in CSS pixels. */
const STILL = 5;

export interface PointerActions {
  readonly point: (cell: Cell | null, event: MouseEvent) => void;
  readonly choose: (cell: Cell) => void;
}

/**
 * What pointers do on the map. A click chooses a cell. Dragging chooses a range; on a zoomed map it
 * moves the window, and chooses a range with Shift. Ctrl and the wheel, or two fingers, zoom.
 */
export class MapPointer {
  /** Where the pressed pointers are: an event that is kept says later where it is on the page, not on the map. */
  readonly #down = new Map<number, readonly [number, number]>();
  #drag: { x: number; y: number; row: number; column: number; cell: Cell | null; moved: boolean } | null = null;

  constructor(
    private readonly canvas: HTMLElement,
    private readonly view: AttentionView,
    private readonly plot: () => Plot,
    private readonly actions: PointerActions,
  ) {
    on(canvas, 'pointerdown', (event) => this.#press(event));
    onMove(canvas, (event) => this.#move(event));
    on(canvas, 'pointerup', (event) => this.#release(event));
    on(canvas, 'pointercancel', (event) => {
      this.#down.delete(event.pointerId);
      this.#drag = null;
      view.change({ brush: null });
    });
    on(canvas, 'wheel', (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.#zoom(Math.exp(clamp(event.deltaY, -50, 50) / 180), event.offsetX, event.offsetY);
      actions.point(this.#cellAt(event), event);
    }, { passive: false });
  }

  /** Zooms; the cell under the point stays under it, though the map's side follows its cells. */
  #zoom(factor: number, x: number, y: number): void {
    const { window } = this.view;
    const point = { offsetX: x, offsetY: y };
    const before = this.#cellAt(point, true)!;
    window.zoom(factor);
    const after = this.#cellAt(point, true)!;
    window.moveTo(window.row + before.query - after.query, window.column + before.key - after.key);
    this.view.change({});
  }

  /** The cell at a point of the map; with `near`, the nearest one to a point outside. */
  #cellAt(event: Pick<MouseEvent, 'offsetX' | 'offsetY'>, near = false): Cell | null {
    const { left, top, side } = this.plot();
    const { window } = this.view;
    let [key, query] = [event.offsetX - left, event.offsetY - top].map((at) => Math.floor((at / side) * window.span));
    if (near) [key, query] = [key, query].map((at) => clamp(at, 0, window.span - 1));
    const cell = { query: query + window.row, key: key + window.column };
    return window.has(cell.query, cell.key) ? cell : null;
  }

  #press(event: PointerEvent): void {
    if (event.button) return;
    this.#down.set(event.pointerId, [event.offsetX, event.offsetY]);
    const { row, column } = this.view.window;
    const two = this.#down.size > 1;
    this.#drag = two ? null : { x: event.offsetX, y: event.offsetY, row, column, cell: this.#cellAt(event), moved: false };
    if (event.pointerType === 'touch') this.actions.point(this.#cellAt(event), event);
    if (event.isTrusted) this.canvas.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    if (this.#down.size > 1) return this.#pinch(event);
    const drag = this.#drag;
    if (!drag || !event.buttons) {
      this.#drag = null;
      return this.actions.point(this.#cellAt(event), event);
    }
    const [dx, dy] = [event.offsetX - drag.x, event.offsetY - drag.y];
    drag.moved ||= Math.hypot(dx, dy) > STILL;
    if (!drag.moved) return;
    const { view } = this;
    const { window } = view;
    if (window.whole || event.shiftKey || view.brush) {
      const to = this.#cellAt(event, true);
      if (drag.cell && to) view.change({ brush: [drag.cell, to] });
      this.actions.point(null, event);
    } else {
      const cell = this.plot().side / window.span;
      window.moveTo(drag.row - Math.round(dy / cell), drag.column - Math.round(dx / cell));
      view.change({});
    }
  }

  #pinch(event: PointerEvent): void {
    const spread = () => {
      const [[x, y], [u, v]] = [...this.#down.values()];
      return { apart: Math.hypot(x - u, y - v), x: (x + u) / 2, y: (y + v) / 2 };
    };
    const before = spread();
    this.#down.set(event.pointerId, [event.offsetX, event.offsetY]);
    const { apart, x, y } = spread();
    if (apart > 1) this.#zoom(before.apart / apart, x, y);
  }

  #release(event: PointerEvent): void {
    this.#down.delete(event.pointerId);
    const drag = this.#drag;
    this.#drag = null;
    const { brush, window } = this.view;
    if (brush) {
      window.select(...brush);
      this.view.change({ brush: null });
    } else if (drag?.cell && !drag.moved) this.actions.choose(drag.cell);
  }
}
