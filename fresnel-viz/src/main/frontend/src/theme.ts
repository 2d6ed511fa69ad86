/** Light or dark: by the page's switch, or by the system where the switch says auto. */
const system = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

export type Theme = 'auto' | 'light' | 'dark';

export function theme(): Theme {
  return (document.documentElement.dataset.theme ?? 'auto') as Theme;
}

export const dark = (): boolean => theme() === 'dark' || (theme() === 'auto' && system.matches);

export function setTheme(chosen: Theme): void {
  document.documentElement.dataset.theme = chosen;
  for (const listener of listeners) listener();
}

export function onTheme(listener: () => void): void {
  listeners.add(listener);
}

system.addEventListener('change', () => {
  for (const listener of listeners) listener();
});

/** A custom property of the page, such as `--ink`. */
export const property = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
