/** The part of a square that a map shows: rows and columns from `from` to before `to`. */
export class MapWindow {
  from = 0;
  to: number;

  constructor(readonly size: number) {
    this.to = size;
  }

  get span(): number {
    return this.to - this.from;
  }

  get whole(): boolean {
    return this.span === this.size;
  }

  /** Zooms by a factor; the given place of the window, 0..1, stays where it is. */
  zoom(factor: number, place: number): void {
    const span = Math.max(Math.min(8, this.size), Math.min(this.size, Math.round(this.span * factor)));
    this.moveTo(Math.round(this.from + place * (this.span - span)), span);
  }

  moveTo(from: number, span = this.span): void {
    this.from = Math.max(0, Math.min(this.size - span, from));
    this.to = this.from + span;
  }

  /** Moves the window by as little as it takes to show a position. */
  reveal(at: number): void {
    if (at < this.from) this.moveTo(at);
    else if (at >= this.to) this.moveTo(at - this.span + 1);
  }
}
