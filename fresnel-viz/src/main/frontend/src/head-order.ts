import type { PlacedHead } from './attention-data';
import type { AttentionView } from './attention-view';
import { headFilter } from './head-filter';
import { headName, type Metric } from './heads';

/** Which heads the grid shows, and in which order. */
export interface HeadOrder {
  readonly heads: readonly PlacedHead[];
  /** Whether the grid is the model: a row per layer, a column per head, no head left out. */
  readonly matrix: boolean;
  /** Why no head is shown, or which part of the filter was not understood; empty for neither. */
  readonly remark: string;
  /** The score beside the head's name; NaN for none. */
  score(head: PlacedHead): number;
}

/** `metric` names the detector by whose scores heads are sorted; '' stands for the model's order. */
export function headOrder(view: AttentionView, metrics: readonly Metric[], metric: string, filterText: string): HeadOrder {
  const { data } = view;
  const chosen = metrics.find(({ name }) => name === metric);
  const score = (head: PlacedHead) => (chosen ? scoreOf(chosen, head) : NaN);
  const filter = headFilter(filterText, metrics);
  const compared = chosen ?? metrics[0];
  const plain = (head: PlacedHead) => (compared ? scoreOf(compared, head) : strongest(view, head));
  const scoreBy = (named: Metric | null, head: PlacedHead) => (named ? scoreOf(named, head) : plain(head));
  const heads = data.heads.filter((head) => filter.keeps(head, scoreBy));
  if (chosen) heads.sort((a, b) => order(score(b)) - order(score(a)));
  const matrix = !chosen && filter.empty && data.json.layers.length > 1;
  return { heads, matrix, remark: remark(), score };

  function remark(): string {
    if (filter.unknown.length) {
      return `“${filter.unknown.join(' ').toLowerCase()}” is left out: write L5, H1, L5H1, L3-5, >0.3, <0.1` +
        `${metrics.length ? ` or ${metrics[0].name} > 0.3` : ''}.`;
    }
    if (heads.length) return '';
    if (!filter.scores.length) return 'The model has no such head.';
    const greatest = [...new Set(filter.scores)].map((named) => {
      const scored = data.heads.map((head) => ({ head, value: scoreBy(named, head) })).filter(({ value }) => value > -Infinity);
      const best = scored.reduce((a, b) => (b.value > a.value ? b : a), scored[0]);
      const what = (named ?? compared)?.name;
      return `The greatest ${what ? `${what} score` : 'weight'} is ` +
        (best ? `${best.value.toFixed(2)}, of ${headName(best.head)}.` : 'unknown.');
    });
    return `No head passes. ${greatest.join(' ')}`;
  }
}

const order = (score: number): number => (Number.isNaN(score) ? -Infinity : score);

const scoreOf = (metric: Metric, { layer, head }: PlacedHead): number =>
  Number(metric.values[layer]?.[head] ?? NaN);

/** A head's greatest weight without the first query, which can only read itself. */
function strongest(view: AttentionView, head: PlacedHead): number {
  let most = 0;
  if (!view.values.ready(head)) return most;
  for (let query = 1; query < view.data.size; query++) {
    for (const weight of view.row(head, query)) if (weight > most) most = weight;
  }
  return most;
}
