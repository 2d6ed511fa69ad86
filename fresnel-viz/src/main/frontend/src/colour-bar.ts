import type { Ramp } from './colour';
import { h } from './dom';
import type { Scale } from './scale';

/** A colour ramp with numeric ticks. */
export class ColourBar {
  readonly element: HTMLElement;
  readonly #strip = h('div', { class: 'ramp' });
  readonly #ticks = h('div', { class: 'ticks' });
  #scale: Scale | null = null;
  #shown = '';

  constructor(private readonly caption: string) {
    this.element = h(
      'div',
      { class: 'colour-bar', role: 'img' },
      h('span', { class: 'caption', text: caption }),
      this.#strip,
      this.#ticks,
    );
  }

  update(scale: Scale, ramp: Ramp): void {
    const { gradient } = ramp;
    if (scale === this.#scale && this.#shown.startsWith(gradient)) return;
    this.#scale = scale;
    const ticks = scale.ticks();
    const key = gradient + ticks.map(({ place, label }) => `${place} ${label}`).join();
    if (key === this.#shown) return;
    this.#shown = key;
    this.#strip.style.background = gradient;
    this.#ticks.replaceChildren(
      ...ticks.map(({ place, label }) => {
        const tick = h('span', { text: label });
        tick.style.left = `${100 * place}%`;
        return tick;
      }),
    );
    const ends = `${ticks[0]?.label} to ${ticks[ticks.length - 1]?.label}`;
    this.element.setAttribute('aria-label', `Colour bar, ${this.caption}: ${ends}, ${scale.name}`);
  }
}
