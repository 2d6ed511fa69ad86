import type { Ramp } from './colour';
import { h, on } from './dom';
import { onMove } from './moves';
import { scrollHint } from './scroll-hint';
import { locks, step } from './steps';
import type { Tokens } from './tokens';

/** What a figure does when its tokens are pointed at or clicked. */
export interface TokenActions {
  readonly toggle: (token: number) => void;
  /** The pointer is on a token; with no event, the keyboard is. */
  readonly point: (token: number, event?: PointerEvent) => void;
  readonly leave: () => void;
}

/** A text of fewer tokens is painted whole. */
const FEW = 300;

/** A text as a row of tokens, which wraps. The Tab key reaches it once; arrow keys move in it. */
export class TokenLine {
  readonly element = h('div', { class: 'strip', role: 'listbox', 'aria-label': 'Tokens' });
  readonly #spans: HTMLElement[] = [];
  readonly #painted: string[] = [];
  readonly #marked = new Map<string, readonly number[]>();
  #current = 0;
  #paintSeen = (): void => undefined;
  /** Where the tokens begin, and what the box shows, once measured. */
  #tops: Float64Array | null = null;
  #box: readonly number[] | null = null;

  constructor(tokens: Tokens, caption: (token: number) => string, actions: TokenActions) {
    const model = h('span', { class: 'token', role: 'option', tabindex: -1, 'aria-selected': 'false' });
    for (let at = 0; at < tokens.size; at++) {
      const span = model.cloneNode() as HTMLElement;
      span.dataset.token = `${at}`;
      if (tokens.joined(at)) span.classList.add('joined');
      span.append(...tokens.written(at), h('sub', { text: caption(at) }));
      this.#spans.push(span);
      this.element.append(span);
      if (tokens.breaksAfter(at)) this.element.append(h('br'));
    }
    scrollHint(this.element);
    const anew = () => {
      this.#box = null;
      this.#paintSeen();
    };
    on(this.element, 'scroll', anew, { passive: true });
    new ResizeObserver(() => {
      this.#tops = null;
      anew();
    }).observe(this.element);
    if (tokens.size) this.#spans[0].tabIndex = 0;
    const { element } = this;
    onMove(element, (event) => {
      const at = tokenOf(event);
      if (at === null) actions.leave();
      else actions.point((this.#current = at), event);
    });
    on(element, 'pointerleave', actions.leave);
    on(element, 'focusout', actions.leave);
    on(element, 'click', (event) => {
      const at = tokenOf(event);
      if (at !== null) actions.toggle((this.#current = at));
    });
    on(element, 'keydown', (event) => {
      const { key } = event;
      const across = key === 'ArrowUp' ? 'ArrowLeft' : key === 'ArrowDown' ? 'ArrowRight' : key;
      const to = step(across, [0, this.#current], 1, tokens.size);
      if (to) {
        this.#spans[(this.#current = to[1])].focus();
        actions.point(this.#current);
      } else if (locks(key)) actions.toggle(this.#current);
      else return;
      event.preventDefault();
    });
  }

  /** Colours each token by its place on the ramp, 0..1; null leaves it plain. */
  paint(ramp: Ramp | ((token: number) => Ramp), place: (token: number) => number | null, locked: number | null): void {
    this.#paintSeen = () => {
      const [from, to] = this.#seen();
      for (let at = from; at < to; at++) {
        const found = place(at);
        const colours = found !== null && typeof ramp === 'function' ? ramp(at) : (ramp as Ramp);
        const background = found === null ? '' : colours.css(found);
        if (background === this.#painted[at]) continue;
        this.#painted[at] = background;
        const { style } = this.#spans[at];
        style.backgroundColor = background;
        style.color = found === null ? '' : colours.ink(found);
      }
    };
    this.#paintSeen();
    this.mark('locked', locked === null ? [] : [locked], (span, on) => span.setAttribute('aria-selected', String(on)));
    this.mark('current', [this.#current], (span, on) => (span.tabIndex = on ? 0 : -1));
  }

  /** The tokens within the box: of a long text only these are painted, the others when they are scrolled to. */
  #seen(): [number, number] {
    const { length } = this.#spans;
    const { element } = this;
    this.#box ??= [element.scrollTop, element.clientHeight, element.scrollHeight];
    const [scrollTop, clientHeight, scrollHeight] = this.#box;
    if (length < FEW || scrollHeight <= clientHeight) return [0, length];
    this.#tops ??= Float64Array.from(this.#spans, (span) => span.offsetTop);
    const first = (y: number) => {
      let [from, to] = [0, length];
      while (from < to) {
        const middle = (from + to) >> 1;
        if (this.#tops![middle] < y) from = middle + 1;
        else to = middle;
      }
      return from;
    };
    // One line above, whose tokens begin before the box and end in it.
    return [first(scrollTop - 60), first(scrollTop + clientHeight)];
  }

  /** Where a token is within the strip, in CSS pixels. */
  box(at: number): { x: number; top: number; bottom: number } {
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = this.#spans[at];
    return { x: offsetLeft + offsetWidth / 2, top: offsetTop, bottom: offsetTop + offsetHeight };
  }

  /** Gives a class to some tokens, and takes it from those that had it. Others are not touched. */
  mark(name: string, tokens: readonly number[], also?: (span: HTMLElement, on: boolean) => void): void {
    const set = (at: number, on: boolean) => {
      const span = this.#spans[at];
      span?.classList.toggle(name, on);
      if (span) also?.(span, on);
    };
    for (const at of this.#marked.get(name) ?? []) if (!tokens.includes(at)) set(at, false);
    for (const at of tokens) set(at, true);
    this.#marked.set(name, tokens);
  }
}

function tokenOf(event: Event): number | null {
  const span = (event.target as Element).closest<HTMLElement>('.token');
  return span ? Number(span.dataset.token) : null;
}
