/** Light or dark: as the page's switch says, or as the system says where the switch is on auto. */
const system = matchMedia('(prefers-color-scheme: dark)');
const forced = matchMedia('(forced-colors: active)');
/** Whether the page is being printed: what is drawn now must be whole. */
export const paper = { now: false };

const listeners = new Set<() => void>();

export type Theme = 'auto' | 'light' | 'dark';

export function theme(): Theme {
  return (document.documentElement.dataset.theme ?? 'auto') as Theme;
}

/** Where the system forces its colours, the page's switch does not change what is behind a figure. */
export const dark = (): boolean =>
  theme() === 'auto' || forced.matches ? system.matches : theme() === 'dark';

export function setTheme(chosen: Theme): void {
  document.documentElement.dataset.theme = chosen;
  announce();
}

function announce(): void {
  properties.clear();
  for (const listener of listeners) listener();
}

export function onTheme(listener: () => void): void {
  listeners.add(listener);
}

for (const query of [system, forced]) query.addEventListener('change', announce);

const properties = new Map<string, string>();

/** A custom property of the page, such as `--ink`. Read once per theme: reading computes all styles. */
export function property(name: string): string {
  let value = properties.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    properties.set(name, value);
  }
  return value;
}
