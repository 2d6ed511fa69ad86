import { on } from './dom';

/** Fades the edges of a box behind which more can be scrolled to. */
export function scrollHint(box: HTMLElement): void {
  // Classes, and all sizes before the first: a property that what is in the box inherits would style it all anew.
  const update = () => {
    const below = box.scrollHeight - box.clientHeight - box.scrollTop > 2;
    const right = box.scrollWidth - box.clientWidth - box.scrollLeft > 2;
    box.classList.toggle('fade-below', below);
    box.classList.toggle('fade-right', right);
  };
  on(box, 'scroll', update, { passive: true });
  const observer = new ResizeObserver(update);
  observer.observe(box);
  if (box.lastElementChild) observer.observe(box.lastElementChild);
}
