import { hatch, NOT_A_NUMBER, type Ramp } from './colour';
import { ColourBar } from './colour-bar';
import { context, h } from './dom';
import { exact } from './format';
import { type Head, headName, sameHead, selection } from './heads';
import type { Scale } from './scale';
import { locks, step } from './steps';
import { dark, property } from './theme';
import type { Readout, Tooltip } from './tooltip';

const LEFT = 36;
const TOP = 20;

/** Layers down, heads across: one number a head. A click locks the head wherever the page shows it. */
export class HeatPanel {
  readonly element: HTMLElement;
  readonly #canvas = h('canvas', { tabindex: 0, role: 'application' });
  readonly #bar: ColourBar;
  #cell = { width: 1, height: 1 };
  #hovered: Head | null = null;
  readonly #columns: number;

  constructor(
    readonly name: string,
    readonly values: readonly (readonly number[])[],
    readonly unit: string,
    private readonly message: string | null,
    private readonly host: { tooltip: Tooltip; readout: Readout; redraw(): void; lock(head: Head): void },
  ) {
    this.#columns = Math.max(1, ...values.map((row) => row.length));
    this.#bar = new ColourBar(unit);
    this.element = h('div', { class: 'panel' },
      h('h3', { text: name }),
      h('p', { class: 'message', text: message ?? '', hidden: !message }),
      message ? null : this.#canvas,
      message ? null : this.#bar.element);
    this.#canvas.addEventListener('pointermove', (event) => this.#move(event));
    this.#canvas.addEventListener('pointerleave', () => this.#hover(null));
    this.#canvas.addEventListener('blur', () => this.#hover(null));
    this.#canvas.addEventListener('click', (event) => {
      const head = this.#at(event);
      if (head) host.lock(head);
    });
    this.#canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  #at(event: MouseEvent): Head | null {
    const head = Math.floor((event.offsetX - LEFT) / this.#cell.width);
    const layer = Math.floor((event.offsetY - TOP) / this.#cell.height);
    return head >= 0 && layer >= 0 && head < (this.values[layer]?.length ?? 0) ? { layer, head } : null;
  }

  #move(event: PointerEvent): void {
    const head = this.#at(event);
    this.#hover(head);
    if (head) this.#tip(head, event.clientX, event.clientY);
  }

  #tip(head: Head, x: number, y: number): void {
    const value = this.values[head.layer][head.head];
    this.host.tooltip.show(x, y, [[this.name, exact(value)]], headName(head));
  }

  #hover(head: Head | null): void {
    if (!head) this.host.tooltip.hide();
    if (sameHead(head, this.#hovered)) return;
    this.#hovered = head;
    if (head) {
      const value = exact(this.values[head.layer][head.head]);
      this.host.readout.say(`${this.name}: ${headName(head)} ${value}`);
    }
    this.host.redraw();
  }

  #key(event: KeyboardEvent): void {
    const { layer, head } = this.#hovered ?? selection.head ?? { layer: 0, head: -1 };
    const to = step(event.key, [layer, head], this.values.length, this.#columns);
    if (to) {
      const row = to[0];
      const column = Math.min(this.values[row].length - 1, to[1]);
      this.#hover({ layer: row, head: column });
      const box = this.#canvas.getBoundingClientRect();
      this.#tip({ layer: row, head: column },
        box.left + LEFT + (column + 0.5) * this.#cell.width,
        box.top + TOP + (row + 0.5) * this.#cell.height);
    } else if (locks(event.key) && this.#hovered) {
      this.host.lock(this.#hovered);
    } else return;
    event.preventDefault();
  }

  draw(width: number, scale: Scale, ramp: Ramp): void {
    const layers = this.values.length;
    this.#cell = {
      width: Math.max(12, Math.min(52, Math.floor((width - LEFT - 4) / this.#columns))),
      height: layers <= 4 ? 34 : layers <= 14 ? 26 : 19,
    };
    const c = context(this.#canvas, LEFT + this.#columns * this.#cell.width + 4, TOP + layers * this.#cell.height + 4);
    this.#axes(c);
    this.values.forEach((row, layer) =>
      row.forEach((value, head) => this.#paint(c, { layer, head }, value, scale, ramp)));
    for (const [head, colour, line] of [
      [this.#hovered, property('--ink'), 2],
      [selection.head, property('--accent'), 3],
    ] as const) {
      if (!head || head.head >= (this.values[head.layer]?.length ?? 0)) continue;
      c.strokeStyle = colour;
      c.lineWidth = line;
      const { x, y } = this.#corner(head);
      c.strokeRect(x, y, this.#cell.width, this.#cell.height);
    }
    if (!this.message) this.#bar.update(scale, ramp);
    this.#canvas.setAttribute('aria-label',
      `${this.name}, ${layers} layers by ${this.#columns} heads. Arrow keys choose a head, Enter locks it.`);
  }

  #corner({ layer, head }: Head): { x: number; y: number } {
    return { x: LEFT + head * this.#cell.width, y: TOP + layer * this.#cell.height };
  }

  #axes(c: CanvasRenderingContext2D): void {
    const { width, height } = this.#cell;
    c.font = `11px ${property('--sans')}`;
    c.textBaseline = 'middle';
    const write = (text: string, on: boolean, x: number, y: number) => {
      c.fillStyle = property(on ? '--accent' : '--muted');
      c.fillText(text, x, y);
    };
    c.textAlign = 'center';
    const every = Math.ceil(26 / width);
    for (let head = 0; head < this.#columns; head++) {
      const on = this.#hovered?.head === head;
      if (on || head % every === 0) write(`H${head}`, on, LEFT + (head + 0.5) * width, TOP / 2);
    }
    c.textAlign = 'right';
    for (let layer = 0; layer < this.values.length; layer++) {
      write(`L${layer}`, this.#hovered?.layer === layer, LEFT - 6, TOP + (layer + 0.5) * height);
    }
  }

  #paint(c: CanvasRenderingContext2D, head: Head, value: number, scale: Scale, ramp: Ramp): void {
    const { width, height } = this.#cell;
    const { x, y } = this.#corner(head);
    if (Number.isNaN(value)) {
      c.fillStyle = hatch(c, dark());
      c.fillRect(x, y, width - 1, height - 1);
      if (!this.message) this.#write(c, '×', NOT_A_NUMBER, x, y, 13);
      return;
    }
    const place = scale.place(value);
    c.fillStyle = ramp.css(place);
    c.fillRect(x, y, width - 1, height - 1);
    if (!Number.isFinite(value)) this.#write(c, value > 0 ? '▲' : '▼', ramp.ink(place), x, y, 11);
    else if (width >= 32) {
      const text = Math.abs(value) < 99.995 ? value.toFixed(2) : value.toFixed(0);
      this.#write(c, text.replace(/^-0\.00$/, '0.00'), ramp.ink(place), x, y, 10.5);
    }
  }

  #write(c: CanvasRenderingContext2D, text: string, ink: string, x: number, y: number, size: number): void {
    c.fillStyle = ink;
    c.font = `${size}px ${property('--sans')}`;
    c.textAlign = 'center';
    c.fillText(text, x + this.#cell.width / 2 - 0.5, y + this.#cell.height / 2);
  }
}
