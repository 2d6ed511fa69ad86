import { on } from './dom';
import { drawWaiting } from './element';
import { onTheme, paper, setTheme, type Theme, theme } from './theme';

/** Connects the page's colour switch and its list of keys. */
export function chrome(): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('.theme button')];
  const mark = () =>
    buttons.forEach((button) =>
      button.setAttribute('aria-pressed', String(button.textContent === theme())),
    );
  for (const button of buttons) {
    button.onclick = () => setTheme(button.textContent as Theme);
    button.parentElement!.hidden = false;
  }
  mark();
  onTheme(mark);
  // Paper is light.
  let before = theme();
  on(window, 'beforeprint' as 'input', () => {
    before = theme();
    paper.now = true;
    setTheme('light');
    drawWaiting();
  });
  on(window, 'afterprint' as 'input', () => {
    paper.now = false;
    setTheme(before);
  });
  on(document, 'keydown', (event) => {
    if (event.key === '?' && !(event.composedPath()[0] instanceof HTMLInputElement)) showKeys();
  });
}

export function showKeys(): void {
  const dialog = document.querySelector('dialog')!;
  if (!dialog.open) dialog.showModal();
}
