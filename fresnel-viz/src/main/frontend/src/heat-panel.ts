import { clamp } from './scale';
import { hatch, NOT_A_NUMBER, type Ramp } from './colour';
import { ColourBar } from './colour-bar';
import { context, fitted, h, on } from './dom';
import { exact, type Num } from './format';
import { labels, type LabelsJson } from './labels';
import { onMove } from './moves';
import type { Scale } from './scale';
import { locks, step } from './steps';
import { dark, property } from './theme';
import type { Readout, Tooltip } from './tooltip';

/** The least width of row labels, the least height of column labels, the most of either, in CSS pixels. */
const LEFT = 36;
const TOP = 20;
const MOST = 130;
/** Column labels wider than this and than their column are turned by 90 degrees. */
const LYING = 32;
/** The height of the page's header, which lies over what scrolls, and some room, in CSS pixels. */
const HEADER = 80;
/** The size of a number in its cell. */
const NUMBER = 10;

export interface PanelJson {
  readonly name: string;
  readonly values: readonly (readonly Num[])[];
  readonly rows: LabelsJson;
  readonly columns: LabelsJson;
  /** Why there is nothing to show; null where there is something. */
  readonly message: string | null;
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** What a panel needs of its figure. */
interface Host {
  readonly unit: string;
  /** `head` where rows are layers and columns are heads, else `cell`. */
  readonly what: 'head' | 'cell';
  readonly locked: Cell | null;
  readonly tooltip: Tooltip;
  readonly readout: Readout;
  redraw(): void;
  lock(cell: Cell): void;
}

export const sameCell = (a: Cell | null, b: Cell | null): boolean =>
  a?.row === b?.row && a?.column === b?.column;

/** Two decimals, none above 100; more where the scale ends at a small one, so that not every cell says 0.00. */
function rounded(value: number, greatest: number): string {
  const decimals = Math.abs(value) >= 99.995 ? 0 : greatest >= 0.1 || !greatest ? 2 : Math.ceil(-Math.log10(greatest)) + 1;
  return decimals > 4 ? (value ? value.toExponential(0) : '0') : value.toFixed(decimals).replace(/^-(0\.0+)$/, '$1');
}

/** One heat map: a number per row and column, whose labels are data. A click locks a cell. */
export class HeatPanel {
  readonly element: HTMLElement;
  readonly name: string;
  readonly values: readonly (readonly number[])[];
  readonly #rows: readonly string[];
  readonly #columns: readonly string[];
  readonly #canvas = h('canvas', { tabindex: 0, role: 'application' });
  readonly #bar: ColourBar;
  #left = LEFT;
  #top = TOP;
  #cell = { width: 1, height: 1 };
  /** Whether every cell has room for its number. */
  #numbers = false;
  #greatest = 0;
  #hovered: Cell | null = null;
  /** What the panel was drawn for: pointing at another one does not draw it again. */
  #drawn = '';

  constructor(
    private readonly json: PanelJson,
    private readonly host: Host,
  ) {
    const { name, message, rows, columns } = json;
    this.name = name;
    this.values = json.values.map((row) => row.map(Number));
    this.#rows = labels(rows);
    this.#columns = labels(columns);
    this.#bar = new ColourBar(host.unit);
    this.element = h('div', { class: 'panel' },
      h('h3', { text: name }),
      h('p', { class: 'message', text: message ?? '', hidden: !message }),
      message ? null : this.#canvas,
      host.what === 'cell' ? h('p', { class: 'axes', text: `↓ ${rows.title}, → ${columns.title}` }) : null,
      message ? null : this.#bar.element);
    onMove(this.#canvas, (event) => this.#move(event));
    on(this.#canvas, 'pointerleave', () => this.#hover(null));
    on(this.#canvas, 'blur', () => this.#hover(null));
    on(this.#canvas, 'click', (event) => {
      const cell = this.#at(event);
      if (cell) host.lock(cell);
    });
    on(this.#canvas, 'keydown', (event) => this.#key(event));
  }

  /** `L2H1` for a head, `L2, 14 ·Mary` for another cell. */
  label({ row, column }: Cell): string {
    return this.#rows[row] + (this.host.what === 'head' ? '' : ', ') + this.#columns[column];
  }

  #at(event: MouseEvent): Cell | null {
    const column = Math.floor((event.offsetX - this.#left) / this.#cell.width);
    const row = Math.floor((event.offsetY - this.#top) / this.#cell.height);
    return this.#has({ row, column }) ? { row, column } : null;
  }

  #has({ row, column }: Cell): boolean {
    return this.values[row]?.[column] !== undefined;
  }

  #move(event: PointerEvent): void {
    const cell = this.#at(event);
    this.#hover(cell);
    if (!cell) return;
    this.host.tooltip.show(event.clientX, event.clientY, [[this.name, this.#value(cell)]], this.label(cell));
  }

  #value({ row, column }: Cell): string {
    return exact(this.values[row][column]);
  }

  #hover(cell: Cell | null): void {
    if (!cell) this.host.tooltip.hide();
    if (sameCell(cell, this.#hovered)) return;
    this.#hovered = cell;
    if (cell) this.host.readout.say(`${this.name}: ${this.label(cell)} ${this.#value(cell)}`);
    this.host.redraw();
  }

  #key(event: KeyboardEvent): void {
    const { row, column } = this.#hovered ?? this.host.locked ?? { row: 0, column: -1 };
    const to = step(event.key, [row, column], this.#rows.length, this.#columns.length);
    if (to) this.#reveal({ row: to[0], column: Math.max(0, to[1]) });
    else if (locks(event.key) && this.#hovered) this.host.lock(this.#hovered);
    else return;
    event.preventDefault();
  }

  /** Moves the keyboard to a cell, and what scrolls so that it is seen. */
  #reveal(cell: Cell): void {
    this.#hover(cell);
    const { x, y } = this.#corner(cell);
    const { width, height } = this.#cell;
    const box = this.element;
    box.scrollLeft = clamp(box.scrollLeft, x + 2 * width - box.clientWidth, x - width);
    const top = this.#canvas.getBoundingClientRect().top + y;
    const below = top + 2 * height - innerHeight;
    if (top < HEADER || below > 0) scrollBy({ top: below > 0 ? below : top - HEADER, behavior: 'instant' });
  }

  /** `legend` tells whether the panel has a colour bar of its own. */
  draw(width: number, scale: Scale, ramp: Ramp, legend: boolean): void {
    const [hovered, { locked }] = [this.#hovered, this.host];
    const key = [width, scale.low, scale.high, ramp.css(0), ramp.css(1), legend, dark(), devicePixelRatio,
      hovered?.row, hovered?.column, locked?.row, locked?.column].join();
    if (key === this.#drawn) return;
    this.#drawn = key;
    const [rows, columns] = [this.#rows.length, this.#columns.length];
    const font = `11px ${property('--sans')}`;
    const measure = this.#canvas.getContext('2d')!;
    measure.font = font;
    const widest = (texts: readonly string[]) =>
      Math.min(MOST, Math.max(...texts.map((text) => measure.measureText(text).width)));
    this.#left = Math.max(LEFT, Math.ceil(widest(this.#rows)) + 12);
    this.#cell = {
      width: clamp(Math.floor((width - this.#left - 4) / columns), 12, 52),
      height: rows <= 4 ? 34 : rows <= 14 ? 26 : 19,
    };
    const label = widest(this.#columns);
    const upright = label > Math.max(LYING, this.#cell.width);
    this.#top = upright ? Math.ceil(label) + 12 : TOP;
    const c = context(this.#canvas,
      this.#left + columns * this.#cell.width + 4, this.#top + rows * this.#cell.height + 4);
    c.font = font;
    this.#axes(c, upright, Math.max(26, label + 2));
    c.font = `${NUMBER}px ${property('--sans')}`;
    const finite = this.values.flat().filter(Number.isFinite);
    this.#greatest = Math.max(Math.abs(scale.low), Math.abs(scale.high));
    this.#numbers = finite.every((value) =>
      c.measureText(rounded(value, this.#greatest)).width <= this.#cell.width - 3);
    this.values.forEach((line, row) =>
      line.forEach((value, column) => this.#paint(c, { row, column }, value, scale, ramp)));
    this.#frame(c, this.#hovered, '--ink', 2);
    this.#frame(c, this.host.locked, '--accent', 3);
    this.#bar.element.hidden = !legend;
    if (!this.json.message) this.#bar.update(scale, ramp);
    this.#canvas.setAttribute('aria-label',
      `${this.name}, ${rows} ${this.json.rows.title}s by ${columns} ${this.json.columns.title}s. ` +
      `Arrow keys choose a ${this.host.what}, Enter locks it.`);
  }

  #frame(c: CanvasRenderingContext2D, cell: Cell | null, colour: string, line: number): void {
    if (!cell || !this.#has(cell)) return;
    c.strokeStyle = property(colour);
    c.lineWidth = line;
    const { x, y } = this.#corner(cell);
    c.strokeRect(x, y, this.#cell.width, this.#cell.height);
  }

  #corner({ row, column }: Cell): { x: number; y: number } {
    return { x: this.#left + column * this.#cell.width, y: this.#top + row * this.#cell.height };
  }

  /** Draws the row labels and as many column labels as fit, always with those of the hovered cell. */
  #axes(c: CanvasRenderingContext2D, upright: boolean, room: number): void {
    const { width, height } = this.#cell;
    c.textBaseline = 'middle';
    const write = (text: string, on: boolean, x: number, y: number, turned = false) => {
      c.fillStyle = property(on ? '--accent' : '--muted');
      c.save();
      c.translate(x, y);
      if (turned) c.rotate(-Math.PI / 2);
      c.fillText(fitted(c, text, MOST), 0, 0);
      c.restore();
    };
    c.textAlign = upright ? 'left' : 'center';
    const every = Math.ceil((upright ? 13 : room) / width);
    this.#columns.forEach((text, column) => {
      const on = this.#hovered?.column === column;
      if (!on && column % every) return;
      write(text, on, this.#left + (column + 0.5) * width, upright ? this.#top - 6 : TOP / 2, upright);
    });
    c.textAlign = 'right';
    this.#rows.forEach((text, row) =>
      write(text, this.#hovered?.row === row, this.#left - 6, this.#top + (row + 0.5) * height));
  }

  #paint(c: CanvasRenderingContext2D, cell: Cell, value: number, scale: Scale, ramp: Ramp): void {
    const { width, height } = this.#cell;
    const { x, y } = this.#corner(cell);
    if (Number.isNaN(value)) {
      c.fillStyle = hatch(c, dark());
      c.fillRect(x, y, width - 1, height - 1);
      if (!this.json.message) this.#write(c, '×', NOT_A_NUMBER, x, y, 13);
      return;
    }
    const place = scale.place(value);
    c.fillStyle = ramp.css(place);
    c.fillRect(x, y, width - 1, height - 1);
    if (!Number.isFinite(value)) this.#write(c, value > 0 ? '▲' : '▼', ramp.ink(place), x, y, 11);
    else if (this.#numbers) this.#write(c, rounded(value, this.#greatest), ramp.ink(place), x, y, NUMBER);
  }

  #write(c: CanvasRenderingContext2D, text: string, ink: string, x: number, y: number, size: number): void {
    c.fillStyle = ink;
    c.font = `${size}px ${property('--sans')}`;
    c.textAlign = 'center';
    c.fillText(text, x + this.#cell.width / 2 - 0.5, y + this.#cell.height / 2);
  }
}
