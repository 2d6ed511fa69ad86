import type { AttentionView, Cell } from './attention-view';
import { ramp } from './colour';
import { h } from './dom';
import { headName } from './heads';
import { dark } from './theme';
import type { Tooltip } from './tooltip';
import { written } from './tokens';

/** The text. Hover colours it by one token's attention; click locks that token, click again unlocks. */
export class TokenStrip {
  readonly element = h('div', { class: 'strip', role: 'listbox', 'aria-label': 'Tokens' });
  private readonly spans: HTMLElement[] = [];
  private current = 0;

  constructor(
    private readonly view: AttentionView,
    private readonly tooltip: Tooltip,
  ) {
    const { tokens } = view.data;
    for (let at = 0; at < tokens.size; at++) {
      const span = h(
        'span',
        { class: 'token', role: 'option', tabindex: at ? -1 : 0, 'aria-selected': 'false' },
        written(tokens.label(at)),
        h('sub', { text: String(at) }),
      );
      span.dataset.token = String(at);
      this.spans.push(span);
      this.element.append(span);
      if (tokens.breaksAfter(at)) this.element.append(h('br'));
    }
    this.element.addEventListener('pointermove', (event) => this.hover(event));
    this.element.addEventListener('pointerleave', () => this.leave());
    this.element.addEventListener('click', (event) => {
      const at = tokenOf(event);
      if (at !== null) this.toggle(at);
    });
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.element.addEventListener('focusin', (event) => {
      const at = tokenOf(event);
      if (at !== null && (event.target as HTMLElement).matches(':focus-visible')) this.move(at);
    });
    this.element.addEventListener('focusout', () => this.leave());
  }

  /** Locks a token, or unlocks it where it was locked. */
  toggle(token: number): void {
    const again = this.view.lockedToken === token;
    this.view.change({
      lockedToken: again ? null : token,
      hoverToken: again ? null : token,
      ...(again ? { cell: null } : {}),
    });
  }

  private hover(event: PointerEvent): void {
    const at = tokenOf(event);
    if (at === null) return this.leave();
    if (at !== this.view.hoverToken) this.move(at);
    this.tip(at, event.clientX, event.clientY);
  }

  private move(at: number): void {
    const { lockedToken } = this.view;
    this.current = at;
    const cell: Cell | null = lockedToken === null ? null : this.view.cellOf(lockedToken, at);
    this.view.change({ hoverToken: at, cell });
  }

  private leave(): void {
    this.tooltip.hide();
    if (this.view.hoverToken !== null) this.view.change({ hoverToken: null, cell: null });
  }

  /** The token; with a locked one the weight between the two. */
  private tip(at: number, x: number, y: number): void {
    const { lockedToken, data, head } = this.view;
    const rows: [string, string][] = [
      ['index', String(at)],
      ['id', String(data.tokens.id(at))],
    ];
    if (lockedToken !== null) {
      const cell = this.view.cellOf(lockedToken, at);
      const weight = data.masked(cell.query, cell.key)
        ? 'masked'
        : this.view.format(this.view.weight(lockedToken, at));
      rows.push([`${cell.query} → ${cell.key}`, weight]);
      rows.push(['head', head ? headName(head) : 'greatest of all']);
    }
    this.tooltip.show(x, y, rows, data.tokens.label(at));
  }

  private key(event: KeyboardEvent): void {
    const last = this.spans.length - 1;
    const to = {
      ArrowRight: this.current + 1,
      ArrowDown: this.current + 1,
      ArrowLeft: this.current - 1,
      ArrowUp: this.current - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to !== undefined) {
      this.move(Math.min(last, Math.max(0, to)));
      this.spans[this.current].focus();
    } else if (event.key === 'Enter' || event.key === ' ') this.toggle(this.current);
    else return;
    event.preventDefault();
  }

  draw(): void {
    const { view } = this;
    const { token, lockedToken, cell } = view;
    const colours = ramp('attention', dark());
    const scale = view.scale();
    const ready = view.data.ready(view.head);
    this.spans.forEach((span, at) => {
      const weight = token === null || !ready ? NaN : view.weight(token, at);
      const place = Number.isNaN(weight) ? 0 : scale.place(weight);
      span.style.background = Number.isNaN(weight) ? '' : colours.css(place);
      span.style.color = Number.isNaN(weight) ? '' : colours.ink(place);
      span.classList.toggle('focused', token === at);
      span.classList.toggle('locked', lockedToken === at);
      span.classList.toggle('paired', !!cell && token !== at && (cell.query === at || cell.key === at));
      span.setAttribute('aria-selected', String(lockedToken === at));
      span.tabIndex = this.current === at ? 0 : -1;
    });
  }
}

function tokenOf(event: Event): number | null {
  const span = (event.target as Element).closest<HTMLElement>('.token');
  return span ? Number(span.dataset.token) : null;
}
