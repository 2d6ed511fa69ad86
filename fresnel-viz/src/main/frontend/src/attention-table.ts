import type { AttentionView } from './attention-view';
import { h, table } from './dom';
import { headName } from './heads';

/** The most rows of the table. */
const ROWS = 20;

interface Row {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
  readonly index: number;
}

/** The map as a table: the greatest weights of the shown range, or of its locked token. */
export class AttentionTable {
  readonly element = h('div', { class: 'table-twin', hidden: true });
  #shown = '';

  constructor(private readonly view: AttentionView) {}

  toggle(): boolean {
    this.element.hidden = !this.element.hidden;
    this.#shown = '';
    this.draw();
    return !this.element.hidden;
  }

  draw(): void {
    const { view } = this;
    if (this.element.hidden || !view.ready) return;
    const { lockedToken: token, direction, values, data, window, overlaid } = view;
    const { tokens } = data;
    const { row, column, span } = window;
    const key = [view.headLabel, token, direction, values.decodedLayers, view.weighting, tokens.size, row, column, span].join();
    if (key === this.#shown) return;
    this.#shown = key;
    const of = token === null ? '' : `, token ${tokens.named(token)} ${direction === 'sources' ? 'as destination' : 'as source'}`;
    const part = window.whole ? '' : `, destinations ${row} to ${row + span - 1}, sources ${column} to ${column + span - 1}`;
    const rows = this.#strongest();
    this.element.replaceChildren(
      table(`The ${rows.length} greatest weights: ${view.headLabel}${of}${part}`,
        ['destination', 'source', 'weight', ...(overlaid ? ['head'] : [])],
        rows.map(({ query, key, weight, index }) => [
          tokens.named(query), tokens.named(key), view.format(weight), ...(overlaid ? [headName(view.heads[index])] : [])])));
  }

  #strongest(): Row[] {
    const { view } = this;
    const { row, column, span } = view.window;
    const token = view.lockedToken;
    const cells: Row[] = [];
    view.shown.forEach((head, index) => {
      for (let query = row; query < row + span; query++) {
        if (token !== null && view.direction === 'sources' && query !== token) continue;
        view.row(head, query).forEach((weight, key) => {
          if (!weight || key < column || key >= column + span) return;
          if (token === null || view.direction === 'sources' || key === token) cells.push({ query, key, weight, index });
        });
      }
    });
    return cells.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, ROWS);
  }
}
