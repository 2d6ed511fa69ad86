import { on } from './dom';
import { drawWaiting } from './element';

/**
 * Follows a pointer over an element. A browser keeps moves back until the next frame; where it also tells them at once, the
 * first one of a frame is acted on and drawn while the frame is still ahead.
 */
export function onMove(target: HTMLElement, act: (event: PointerEvent) => void): void {
  let inside = false;
  let waiting = false;
  let done = -1;
  on(target, 'pointerenter', () => (inside = true));
  on(target, 'pointerleave', () => (inside = false));
  on(target, 'pointermove', (event) => {
    inside = true;
    if (event.timeStamp !== done) act(event);
  });
  // Before the pointer is known to be inside, what it leaves has not yet been told.
  on(target, 'pointerrawupdate' as 'pointermove', (event) => {
    if (!inside || waiting) return;
    waiting = true;
    requestAnimationFrame(() => (waiting = false));
    done = event.timeStamp;
    act(event);
    drawWaiting();
  });
}
