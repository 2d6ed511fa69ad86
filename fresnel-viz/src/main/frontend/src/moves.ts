import { on, onFinger } from './dom';
import { drawWaiting } from './element';

/**
 * Follows a pointer over an element. A browser keeps moves back until the next frame; where it also tells them at once, the
 * first one of a frame is acted on and drawn while the frame is still ahead. A move onto the element is acted on again in the frame,
 * when what the pointer left has been told; a pointer that was gone by then has left.
 */
export function onMove(target: HTMLElement, act: (event: PointerEvent) => void): void {
  let inside = false;
  let waiting = false;
  let done = '';
  // Two fingers can move at one time.
  const move = ({ timeStamp, pointerId }: PointerEvent) => `${timeStamp} ${pointerId}`;
  on(target, 'pointerenter', () => (inside = true));
  on(target, 'pointerleave', () => (inside = false));
  onFinger(target, act);
  on(target, 'pointermove', (event) => {
    inside = true;
    if (move(event) !== done) act(event);
  });
  on(target, 'pointerrawupdate' as 'pointermove', (event) => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (!inside) target.dispatchEvent(new PointerEvent('pointerleave'));
    });
    if (inside) done = move(event);
    act(event);
    drawWaiting();
  });
}
