import { on } from './dom';

/** Fades the edges of a box behind which more can be scrolled to. */
export function scrollHint(box: HTMLElement): void {
  const update = () => {
    const fade = (more: number) => (more > 2 ? '24px' : '0px');
    box.style.setProperty('--below', fade(box.scrollHeight - box.clientHeight - box.scrollTop));
    box.style.setProperty('--right', fade(box.scrollWidth - box.clientWidth - box.scrollLeft));
  };
  box.classList.add('fading');
  on(box, 'scroll', update, { passive: true });
  const observer = new ResizeObserver(update);
  observer.observe(box);
  if (box.lastElementChild) observer.observe(box.lastElementChild);
}
