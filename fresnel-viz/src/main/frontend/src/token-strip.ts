import { ArcLayer } from './arcs';
import type { AttentionView } from './attention-view';
import { headName } from './heads';
import { TokenLine } from './token-line';
import type { Tooltip } from './tooltip';

/** The text. Hovering a token colours the others by its attention; a click locks or unlocks it. */
export class TokenStrip {
  readonly element: HTMLElement;
  readonly #line: TokenLine;
  readonly #arcs: ArcLayer;

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
    this.#arcs = new ArcLayer(view, this.#line);
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
    const { view } = this;
    const { lockedToken, data } = view;
    const rows: [string, string][] = [
      ['index', String(token)],
      ['id', String(data.tokens.id(token))],
    ];
    if (lockedToken !== null) {
      const { query, key } = view.cellOf(lockedToken, token);
      for (const head of view.shown) {
        const weight = data.masked(query, key) ? 'masked' : view.format(view.at(head, query, key));
        rows.push([`${head ? headName(head) : view.togetherLabel}, ${query} → ${key}`, weight]);
      }
    }
    this.tooltip.show(clientX, clientY, rows, data.tokens.label(token));
  }

  draw(): void {
    const { view } = this;
    const { token, lockedToken, cell, shown } = view;
    const ready = token !== null && view.ready;
    const found = (at: number) => {
      const { query, key } = view.cellOf(token!, at);
      return view.shownAt(query, key);
    };
    const { overlaid } = view;
    const scales = shown.map((head) => view.scale(head));
    const place = (at: number) => {
      if (!ready) return null;
      const { weight, index } = found(at);
      return Number.isNaN(weight) ? null : scales[index].place(overlaid ? Math.abs(weight) : weight);
    };
    this.#line.paint(overlaid ? (at) => view.ramp(found(at).index) : view.ramp(0), place, lockedToken);
    this.#line.mark('focused', token === null ? [] : [token]);
    this.#line.mark('paired', cell ? [cell.query, cell.key].filter((at) => at !== token) : []);
    this.#arcs.draw();
  }
}
