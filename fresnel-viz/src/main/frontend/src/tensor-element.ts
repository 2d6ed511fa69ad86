import { block } from './blocks';
import { ramp } from './colour';
import { ColourBar } from './colour-bar';
import { choice, context, h, on, onPoint, put, table } from './dom';
import { FigureElement } from './element';
import { exact, type Num } from './format';
import { floats } from './floats';
import { Scale } from './scale';
import { step } from './steps';
import { TableTwin } from './table-twin';
import { fill, pool } from './tensor-pixels';
import { dark, property } from './theme';
import { Readout, Tooltip } from './tooltip';
import css from '../styles/tensor.css';

interface Axis {
  readonly name: string;
  readonly size: number;
  /** How many indices of the tensor one of these stands for. */
  readonly step: number;
}

interface TensorJson {
  /** Outermost first; the last two are the rows and the columns at first. */
  readonly axes: readonly Axis[];
  /** Where each axis begins. */
  readonly at: readonly number[];
  readonly block: string;
  readonly farthest: Num;
  readonly facts: string;
  readonly note: string | null;
}

/** The margins of the map, the largest side of a cell and the largest height, in CSS pixels. */
const LEFT = 52;
const TOP = 22;
const CELL = 24;
const TALL = 620;

/** Any tensor: two axes are rows and columns, and every other axis has a slider. */
export class TensorElement extends FigureElement<TensorJson> {
  #json!: TensorJson;
  #values: Float32Array | null = null;
  #at: number[] = [];
  #rows = 0;
  #columns = 0;
  #cell: readonly [number, number] | null = null;
  #side = { width: 1, height: 1 };
  /** The cells as pixels, and what they were made for: a moved pointer changes nothing of them. */
  #image: HTMLCanvasElement | null = null;
  #imaged = '';
  readonly #controls = h('div', { class: 'toolbar' });
  readonly #canvas = h('canvas', { tabindex: 0, role: 'application' });
  readonly #axes = h('p', { class: 'axes' });
  readonly #bar = new ColourBar('value');
  readonly #twin = new TableTwin(this, () => [this.#strongest(this.#json.axes[this.#rows].size, this.#json.axes[this.#columns].size)]);
  readonly #tooltip = new Tooltip();
  readonly #readout = new Readout();

  constructor() {
    super(css);
  }

  protected fill(json: TensorJson): void {
    this.#json = json;
    this.#at = [...json.at];
    this.#columns = json.axes.length - 1;
    this.#rows = json.axes.length - 2;
    this.#control();
    this.root.append(
      h('p', { class: 'facts', text: json.facts }), this.#controls, this.#canvas, this.#axes, this.#bar.element,
      this.#readout.element, this.#twin.element,
      h('p', { class: 'note', text: json.note ?? '', hidden: !json.note }), this.#tooltip.element);
    onPoint(this.#canvas, (event) => {
      const cell = this.#hit(event);
      this.#point(cell);
      if (cell) this.#tooltip.show(event.clientX, event.clientY, [['value', exact(this.#value(...cell))]], this.#name(...cell));
      else this.#tooltip.hide();
    });
    on(this.#canvas, 'pointerleave', () => { this.#tooltip.hide(); this.#point(null); });
    on(this.#canvas, 'blur', () => this.#point(null));
    on(this.#canvas, 'keydown', (event) => {
      const to = step(event.key, this.#cell ?? [0, 0], json.axes[this.#rows].size, json.axes[this.#columns].size);
      if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
      this.#point(to);
      event.preventDefault();
    });
    void block(json.block).then((bytes) => {
      this.#values = floats(bytes);
      this.dataset.ready = '';
      this.redraw();
    }).catch((error) => this.fail(error));
  }

  /** The choice of axes, and a slider for each axis that is neither. */
  #control(): void {
    const { axes } = this.#json;
    const names = axes.map(({ name }, i) => [String(i), name] as const);
    const choose = (rows: number, columns: number) => {
      [this.#rows, this.#columns, this.#cell] = [rows, columns, null];
      this.#control();
      this.redraw();
    };
    const pick = (label: string, mine: number, other: number, change: (axis: number) => void) =>
      choice(label, names, String(mine), (name) => change(Number(name) === other ? mine : Number(name)));
    put(this.#controls,
      axes.length > 2 || axes[0].size > 1
        ? pick('Rows', this.#rows, -1, (axis) => choose(axis, axis === this.#columns ? this.#rows : this.#columns)) : null,
      axes.length > 2 || axes[0].size > 1
        ? pick('Columns', this.#columns, -1, (axis) => choose(axis === this.#rows ? this.#columns : this.#rows, axis)) : null,
      ...axes.map((axis, i) => (i === this.#rows || i === this.#columns || axis.size < 2 ? null : this.#slider(axis, i))),
      h('span', { class: 'buttons' }, this.#twin.button));
  }

  #slider({ name, size, step }: Axis, axis: number): HTMLElement {
    const shown = h('output', {});
    const tell = () => (shown.textContent = `${name} ${this.#at[axis] * step} of ${size * step}`);
    const slider = h('input', {
      type: 'range', min: 0, max: size - 1, value: this.#at[axis], 'aria-label': name,
      oninput: () => {
        this.#at[axis] = Number(slider.value);
        tell();
        this.redraw();
      },
    });
    tell();
    return h('label', { class: 'choice' }, shown, slider);
  }

  #value(row: number, column: number): number {
    const { axes } = this.#json;
    const at = axes.reduce((sum, { size }, axis) =>
      sum * size + (axis === this.#rows ? row : axis === this.#columns ? column : this.#at[axis]), 0);
    return this.#values?.[at] ?? NaN;
  }

  #name(row: number, column: number): string {
    return this.#json.axes.map(({ name, step }, axis) =>
      `${name} ${(axis === this.#rows ? row : axis === this.#columns ? column : this.#at[axis]) * step}`).join(', ');
  }

  #hit(event: MouseEvent): [number, number] | null {
    const { axes } = this.#json;
    const row = Math.floor((event.offsetY - TOP) / this.#side.height);
    const column = Math.floor((event.offsetX - LEFT) / this.#side.width);
    return row >= 0 && column >= 0 && row < axes[this.#rows].size && column < axes[this.#columns].size ? [row, column] : null;
  }

  #point(cell: readonly [number, number] | null): void {
    if (cell?.join() === this.#cell?.join()) return;
    this.#cell = cell;
    if (cell) this.#readout.say(`${this.#name(...cell)}: ${exact(this.#value(...cell))}`);
    this.redraw();
  }

  protected draw(): void {
    if (!this.#values) return;
    const { axes, farthest } = this.#json;
    const [rows, columns] = [axes[this.#rows], axes[this.#columns]];
    const room = Math.max(80, this.clientWidth - LEFT - 8);
    const side = (count: number, most: number) => {
      const cell = Math.min(CELL, most / count);
      return cell >= 1 ? Math.floor(cell) : cell;
    };
    this.#side = { width: side(columns.size, room), height: side(rows.size, TALL) };
    const [width, height] = [this.#side.width * columns.size, this.#side.height * rows.size];
    const c = context(this.#canvas, LEFT + width + 8, TOP + height + 4);
    const most = Number(farthest);
    const scale = new Scale('linear', -most, most);
    const colours = ramp('signed', dark());
    const ratio = window.devicePixelRatio || 1;
    const key = [this.#rows, this.#columns, ...this.#at, width, height, ratio, dark()].join();
    if (key !== this.#imaged) {
      this.#imaged = key;
      const pixels = pool(rows.size, columns.size, Math.min(rows.size, Math.ceil(height * ratio)),
        Math.min(columns.size, Math.ceil(width * ratio)), (row, column) => this.#value(row, column));
      this.#image = fill(pixels, scale, colours);
      this.#twin.fill();
    }
    c.imageSmoothingEnabled = false;
    c.drawImage(this.#image!, LEFT, TOP, width, height);
    this.#labels(c, rows, columns);
    if (this.#cell) {
      c.strokeStyle = property('--accent');
      c.lineWidth = 2;
      const [row, column] = this.#cell;
      c.strokeRect(LEFT + column * this.#side.width - 1, TOP + row * this.#side.height - 1,
        Math.max(3, this.#side.width + 2), Math.max(3, this.#side.height + 2));
    }
    this.#bar.update(scale, colours);
    this.#axes.textContent = `↓ ${rows.name}, → ${columns.name}`;
    this.#canvas.setAttribute('aria-label',
      `${rows.name} by ${columns.name}, ${rows.size} by ${columns.size}. Arrow keys choose a cell.`);
  }

  #labels(c: CanvasRenderingContext2D, rows: Axis, columns: Axis): void {
    c.fillStyle = property('--muted');
    c.font = `11px ${property('--sans')}`;
    c.textBaseline = 'middle';
    c.textAlign = 'right';
    const every = (room: number, side: number) => {
      let power = 1;
      while (power * 5 < room / side) power *= 10;
      return [1, 2, 5].map((factor) => factor * power).find((each) => each >= room / side)!;
    };
    for (let row = 0; row < rows.size; row += every(15, this.#side.height)) {
      c.fillText(String(row * rows.step), LEFT - 6, TOP + (row + 0.5) * this.#side.height);
    }
    c.textAlign = 'center';
    for (let column = 0; column < columns.size; column += every(34, this.#side.width)) {
      c.fillText(String(column * columns.step), LEFT + (column + 0.5) * this.#side.width, TOP / 2);
    }
  }

  /** The cells that are farthest from zero, with those that are no number first. */
  #strongest(rows: number, columns: number): HTMLElement {
    const weight = (value: number) => (Number.isNaN(value) ? Infinity : Math.abs(value));
    const found: { row: number; column: number; value: number }[] = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = this.#value(row, column);
        if (found.length === 20 && weight(value) <= weight(found[19].value)) continue;
        found.push({ row, column, value });
        found.sort((a, b) => weight(b.value) - weight(a.value));
        found.length = Math.min(20, found.length);
      }
    }
    return table('The cells farthest from zero', ['cell', 'value'],
      found.map(({ row, column, value }) => [this.#name(row, column), exact(value)]));
  }
}
