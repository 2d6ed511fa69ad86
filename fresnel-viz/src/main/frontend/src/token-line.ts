import type { Ramp } from './colour';
import { h } from './dom';
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

/** A text as a row of tokens, which wraps. The Tab key reaches it once; arrow keys move in it. */
export class TokenLine {
  readonly element = h('div', { class: 'strip', role: 'listbox', 'aria-label': 'Tokens' });
  readonly #spans: HTMLElement[] = [];
  readonly #painted: string[] = [];
  readonly #marked = new Map<string, readonly number[]>();
  #current = 0;

  constructor(tokens: Tokens, caption: (token: number) => string, actions: TokenActions) {
    for (let at = 0; at < tokens.size; at++) {
      const span = h(
        'span',
        { class: tokens.joined(at) ? 'token joined' : 'token', role: 'option', tabindex: -1, 'aria-selected': 'false', 'data-token': at },
        ...tokens.written(at),
        h('sub', { text: caption(at) }),
      );
      this.#spans.push(span);
      this.element.append(span);
      if (tokens.breaksAfter(at)) this.element.append(h('br'));
    }
    scrollHint(this.element);
    if (tokens.size) this.#spans[0].tabIndex = 0;
    const { element } = this;
    element.addEventListener('pointermove', (event) => {
      const at = tokenOf(event);
      if (at === null) actions.leave();
      else actions.point((this.#current = at), event);
    });
    element.addEventListener('pointerleave', actions.leave);
    element.addEventListener('focusout', actions.leave);
    element.addEventListener('click', (event) => {
      const at = tokenOf(event);
      if (at !== null) actions.toggle((this.#current = at));
    });
    element.addEventListener('keydown', (event) => {
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
  paint(ramp: Ramp, place: (token: number) => number | null, locked: number | null): void {
    this.#spans.forEach((span, at) => {
      const found = place(at);
      const background = found === null ? '' : ramp.css(found);
      if (background !== this.#painted[at]) {
        this.#painted[at] = background;
        span.style.background = background;
        span.style.color = found === null ? '' : ramp.ink(found);
      }
    });
    this.mark('locked', locked === null ? [] : [locked], (span, on) => span.setAttribute('aria-selected', String(on)));
    this.mark('current', [this.#current], (span, on) => (span.tabIndex = on ? 0 : -1));
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
