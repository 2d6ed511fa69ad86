import { clamp } from './scale';
import type { Cell } from './attention-view';

/** The part of a square that a map shows: `span` rows from `row`, and as many columns from `column`. */
export class MapWindow {
  row = 0;
  column = 0;
  span: number;
  /** The span before it is rounded, as zooming left it. */
  #exact = 0;

  constructor(readonly size: number) {
    this.span = size;
  }

  get whole(): boolean {
    return this.span === this.size;
  }

  has(query: number, key: number): boolean {
    return query >= this.row && query < this.row + this.span && key >= this.column && key < this.column + this.span;
  }

  /** Zooms by a factor; the cell at the given place of the window, 0..1 across and down, stays there. */
  zoom(factor: number, x = 0.5, y = 0.5): void {
    // Small steps add up: a slow pinch changes the span by less than a token at a time.
    const from = Math.round(this.#exact) === this.span ? this.#exact : this.span;
    this.#exact = clamp(from * factor, Math.min(8, this.size), this.size);
    const span = Math.round(this.#exact);
    const keep = (from: number, place: number) => Math.floor(from + place * this.span) - Math.floor(place * span);
    this.moveTo(keep(this.row, y), keep(this.column, x), span);
  }

  moveTo(row: number, column: number, span = this.span): void {
    const inside = (at: number) => clamp(at, 0, this.size - span);
    this.span = span;
    this.row = inside(row);
    this.column = inside(column);
  }

  /** Moves the window by as little as it takes to show a cell. */
  reveal({ query, key }: Cell): void {
    const near = (from: number, at: number) => clamp(from, at - this.span + 1, at);
    this.moveTo(near(this.row, query), near(this.column, key));
  }

  /** Shows the square about two cells. */
  select(a: Cell, b: Cell): void {
    const [row, column] = [Math.min(a.query, b.query), Math.min(a.key, b.key)];
    const span = 1 + Math.max(Math.abs(a.query - b.query), Math.abs(a.key - b.key));
    this.moveTo(row, column, clamp(span, 2, this.size));
  }
}
