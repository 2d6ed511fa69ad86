import type { AttentionView } from './attention-view';
import { ramp } from './colour';
import { headName } from './heads';
import { dark } from './theme';
import { TokenLine } from './token-line';
import type { Tooltip } from './tooltip';

/** The text. Hovering a token colours the others by its attention; a click locks or unlocks it. */
export class TokenStrip {
  readonly element: HTMLElement;
  readonly #line: TokenLine;

  constructor(
    private readonly view: AttentionView,
    private readonly tooltip: Tooltip,
  ) {
    this.#line = new TokenLine(view.data.tokens, String, {
      toggle: (token) => this.toggle(token),
      point: (token, event) => this.#point(token, event),
      leave: () => this.#leave(),
    });
    this.element = this.#line.element;
  }

  /** Locks a token, or unlocks it where it is locked. */
  toggle(token: number): void {
    const again = this.view.lockedToken === token;
    this.view.change(
      again
        ? { lockedToken: null, hoverToken: null, cell: null }
        : { lockedToken: token, hoverToken: token },
    );
  }

  #point(token: number, event?: PointerEvent): void {
    const { lockedToken, hoverToken } = this.view;
    if (token !== hoverToken) {
      const cell = lockedToken === null ? null : this.view.cellOf(lockedToken, token);
      this.view.change({ hoverToken: token, cell });
    }
    if (event) this.#tip(token, event);
  }

  #leave(): void {
    this.tooltip.hide();
    if (this.view.hoverToken !== null) this.view.change({ hoverToken: null, cell: null });
  }

  /** Shows the token, and with a locked one the weight between the two. */
  #tip(token: number, { clientX, clientY }: PointerEvent): void {
    const { lockedToken, data, head } = this.view;
    const rows: [string, string][] = [
      ['index', String(token)],
      ['id', String(data.tokens.id(token))],
    ];
    if (lockedToken !== null) {
      const cell = this.view.cellOf(lockedToken, token);
      const weight = data.masked(cell.query, cell.key)
        ? 'masked'
        : this.view.format(this.view.weight(lockedToken, token));
      rows.push([`${cell.query} → ${cell.key}`, weight]);
      rows.push(['head', head ? headName(head) : 'greatest of all']);
    }
    this.tooltip.show(clientX, clientY, rows, data.tokens.label(token));
  }

  draw(): void {
    const { token, lockedToken, cell, data, head } = this.view;
    const scale = this.view.scale();
    const ready = token !== null && data.ready(head);
    const place = (at: number) => {
      const weight = ready ? this.view.weight(token, at) : NaN;
      return Number.isNaN(weight) ? null : scale.place(weight);
    };
    this.#line.paint(ramp('attention', dark()), place, lockedToken);
    this.#line.mark('focused', token === null ? [] : [token]);
    this.#line.mark('paired', cell ? [cell.query, cell.key].filter((at) => at !== token) : []);
  }
}
