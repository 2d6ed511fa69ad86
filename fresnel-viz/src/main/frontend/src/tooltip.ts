import { h } from './dom';

/** From here to the right or lower edge of the window, in CSS pixels, a tooltip stands to the left of the pointer or above it. */
const EDGE = { x: 340, y: 180 };

/** A box beside the pointer. Screen readers read the readout instead. */
export class Tooltip {
  readonly element = h('div', { class: 'tooltip', 'aria-hidden': 'true', hidden: true });

  /** Shows rows of name and value beside a point of the window. */
  show(x: number, y: number, rows: readonly (readonly [string, string])[], title = ''): void {
    const list = h('dl');
    for (const [name, value] of rows) list.append(h('dt', { text: name }), h('dd', { text: value }));
    this.element.replaceChildren(...(title ? [h('strong', { text: title })] : []), list);
    this.element.hidden = false;
    // In percent of the box's own size: to measure it would lay out the page while the pointer waits.
    const beside = (at: number, size: number, edge: number, whole: string) =>
      `max(4px, min(${whole} - 100% - 4px, ${at > size - edge ? `${at - 14}px - 100%` : `${at + 14}px`}))`;
    this.element.style.translate = `${beside(x, innerWidth, EDGE.x, '100vw')} ${beside(y, innerHeight, EDGE.y, '100vh')}`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}

/** A line below a figure, which screen readers speak. */
export class Readout {
  readonly element = h('p', { class: 'readout' });
  readonly #spoken = h('span', { class: 'spoken', 'aria-live': 'polite' });
  readonly #shown = h('span', { 'aria-hidden': 'true' });
  #timer = 0;

  constructor() {
    this.element.append(this.#shown, this.#spoken);
  }

  /** Shows a text at once; screen readers speak it when the pointer rests. The first one is for them to find, not to hear. */
  say(text: string): void {
    const before = this.#shown.textContent;
    if (before === text) return;
    this.#shown.textContent = text;
    clearTimeout(this.#timer);
    if (before) this.#timer = setTimeout(() => (this.#spoken.textContent = text), 250);
    else this.#spoken.textContent = text;
  }
}
