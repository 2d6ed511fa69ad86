import { h } from './dom';

/** A box beside the pointer. Screen readers read the readout instead. */
export class Tooltip {
  readonly element = h('div', { class: 'tooltip', 'aria-hidden': 'true', hidden: true });

  /** Shows rows of name and value beside a point of the window. */
  show(x: number, y: number, rows: readonly (readonly [string, string])[], title = ''): void {
    const list = h('dl');
    for (const [name, value] of rows) list.append(h('dt', { text: name }), h('dd', { text: value }));
    this.element.replaceChildren(...(title ? [h('strong', { text: title })] : []), list);
    this.element.hidden = false;
    const { width, height } = this.element.getBoundingClientRect();
    const left = x + 14 + width > window.innerWidth - 4 ? x - 14 - width : x + 14;
    const top = y + 14 + height > window.innerHeight - 4 ? y - 14 - height : y + 14;
    this.element.style.left = `${Math.max(4, Math.min(left, window.innerWidth - width - 4))}px`;
    this.element.style.top = `${Math.max(4, top)}px`;
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

  /** Shows a text at once; screen readers speak it when the pointer rests. */
  say(text: string): void {
    if (this.#shown.textContent === text) return;
    this.#shown.textContent = text;
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => (this.#spoken.textContent = text), 250);
  }
}
