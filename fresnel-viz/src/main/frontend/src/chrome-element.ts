import { h } from './dom';
import { FigureElement } from './element';
import { onTheme, setTheme, type Theme, theme } from './theme';
import css from '../styles/chrome.css';

const KEYS: readonly (readonly [string, string])[] = [
  ['← → ↑ ↓', 'move the cell, the token or the head'],
  ['Home End', 'first or last of the row'],
  ['[ ]', 'previous, next head'],
  ['{ }', 'same head in the previous, next layer'],
  ['Enter', 'lock or unlock'],
  ['Esc', 'unlock, back to all heads'],
  ['d', 'switch the direction'],
  ['t', 'table'],
  ['+ − 0', 'zoom the map (or Ctrl and wheel; drag to pan)'],
  ['?', 'these keys'],
];

/** The page's switches: light or dark, and the list of keys. */
export class ChromeElement extends FigureElement<null> {
  constructor() {
    super(css);
  }

  protected fill(): void {
    const themes: readonly Theme[] = ['auto', 'light', 'dark'];
    const buttons = themes.map((name) =>
      h('button', { type: 'button', text: name, onclick: () => setTheme(name) }),
    );
    const mark = () =>
      buttons.forEach((button) =>
        button.setAttribute('aria-pressed', String(button.textContent === theme())),
      );
    mark();
    onTheme(mark);
    const close = h('button', { type: 'button', text: 'Close', onclick: () => dialog.close() });
    const dialog = h('dialog', { 'aria-label': 'Keys' },
      h('h2', { text: 'Keys' }),
      h('dl', {}, ...KEYS.flatMap(([keys, what]) => [
        h('dt', {}, h('kbd', { text: keys })), h('dd', { text: what })])),
      close);
    this.root.append(
      h('div', { class: 'theme', role: 'group', 'aria-label': 'Colours' }, ...buttons), dialog);
    const open = () => dialog.open || dialog.showModal();
    document.addEventListener('fresnel-help', open);
    document.addEventListener('keydown', (event) => {
      const from = event.composedPath()[0];
      if (event.key === '?' && !(from instanceof HTMLInputElement)) open();
    });
  }

  protected draw(): void {}
}
