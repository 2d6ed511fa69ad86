import { h, on, put } from './dom';

/** A figure's numbers as tables below it, which a button or the key T shows. */
export class TableTwin {
  readonly element = h('div', { class: 'table-twin', hidden: true, tabindex: 0, role: 'group', 'aria-label': 'The numbers' });
  readonly button = h('button', { text: 'Table', 'aria-pressed': 'false', onclick: () => this.#toggle() });

  constructor(
    figure: HTMLElement,
    private readonly tables: () => readonly HTMLElement[],
  ) {
    on(figure, 'keydown', (event) => {
      const { key, ctrlKey, metaKey } = event;
      if (key === 't' && !ctrlKey && !metaKey && !(event.composedPath()[0] instanceof HTMLInputElement)) this.#toggle();
    });
  }

  #toggle(): void {
    this.element.hidden = !this.element.hidden;
    this.button.setAttribute('aria-pressed', String(!this.element.hidden));
    this.fill();
  }

  /** Writes the tables anew where they are shown. */
  fill(): void {
    if (!this.element.hidden) put(this.element, ...this.tables());
  }
}
