import type { AttentionView } from './attention-view';
import { h, table } from './dom';

/** The most rows of the table. */
const ROWS = 20;

/** The map as a table: the greatest weights of the shown head, or of its locked token. */
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
    if (this.element.hidden) return;
    const token = view.lockedToken;
    const key = `${view.headLabel} ${token} ${view.direction} ${view.data.decodedLayers}`;
    if (key === this.#shown) return;
    this.#shown = key;
    const { tokens } = view.data;
    const of = token === null ? '' : `, token ${tokens.named(token)} ${
      view.direction === 'sources' ? 'as destination' : 'as source'}`;
    const rows = this.#strongest(token);
    this.element.replaceChildren(
      table(`The ${rows.length} greatest weights: ${view.headLabel}${of}`,
        ['destination', 'source', 'weight'],
        rows.map(({ query, key, weight }) => [
          tokens.named(query), tokens.named(key), view.format(weight)])));
  }

  #strongest(token: number | null) {
    const { data, head, direction } = this.view;
    const cells: { query: number; key: number; weight: number }[] = [];
    for (let query = 0; query < data.size; query++) {
      if (token !== null && direction === 'sources' && query !== token) continue;
      for (let key = 0; key < data.size; key++) {
        if (token !== null && direction === 'destinations' && key !== token) continue;
        const weight = data.at(head, query, key);
        if (weight > 0) cells.push({ query, key, weight });
      }
    }
    return cells.sort((a, b) => b.weight - a.weight).slice(0, ROWS);
  }
}
