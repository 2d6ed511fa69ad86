import { setTheme, type Theme } from './theme';

/** In a notebook's frame, the page says how tall it is and takes the theme of the page around it. */
export function frame(): void {
  if (parent === window) return;
  document.documentElement.classList.add('framed');
  const say = (): void =>
    parent.postMessage({ fresnel: 'height', height: document.body.getBoundingClientRect().height }, '*');
  new ResizeObserver(say).observe(document.body);
  window.addEventListener('message', (event) => {
    if (event.source !== parent || event.data?.fresnel !== 'theme') return;
    if (['light', 'dark'].includes(event.data.theme)) setTheme(event.data.theme as Theme);
  });
}
