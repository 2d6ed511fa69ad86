import type { AttentionData, PlacedHead } from './attention-data';
import { headFilter } from './head-filter';
import { headName, type Metric, metrics } from './heads';

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

/** `metric` names a detector whose scores the page has; '' stands for the model's order. */
export function headOrder(data: AttentionData, metric: string, filterText: string): HeadOrder {
  const chosen = metrics.find(({ name }) => name === metric);
  const score = (head: PlacedHead) => (chosen ? scoreOf(chosen, head) : NaN);
  const filter = headFilter(filterText);
  const compared = (head: PlacedHead) =>
    chosen ?? metrics[0] ? scoreOf(chosen ?? metrics[0], head) : strongest(data, head);
  const heads = data.heads.filter((head) => filter.keeps(head, () => compared(head)));
  if (chosen) heads.sort((a, b) => order(score(b)) - order(score(a)));
  const matrix = !chosen && filter.empty && data.json.layers.length > 1;
  return { heads, matrix, remark: remark(), score };

  function remark(): string {
    if (filter.unknown.length) {
      return `“${filter.unknown.join(' ').toLowerCase()}” is left out: write L5, H1, L5H1, L3-5, >0.3 or <0.1.`;
    }
    if (heads.length) return '';
    if (!filter.scores) return 'The model has no such head.';
    const scored = data.heads.map((head) => ({ head, value: compared(head) })).filter(({ value }) => value > -Infinity);
    const best = scored.reduce((a, b) => (b.value > a.value ? b : a), scored[0]);
    const what = (chosen ?? metrics[0])?.name;
    return `No head passes. The greatest ${what ? `${what} score` : 'weight'} is ` +
      (best ? `${best.value.toFixed(2)}, of ${headName(best.head)}.` : 'unknown.');
  }
}

const order = (score: number): number => (Number.isNaN(score) ? -Infinity : score);

const scoreOf = (metric: Metric, { layer, head }: PlacedHead): number =>
  Number(metric.values[layer]?.[head] ?? NaN);

/** A head's greatest weight without the first query, which can only read itself. */
function strongest(data: AttentionData, head: PlacedHead): number {
  let most = 0;
  for (let query = 1; query < data.size; query++) {
    for (let key = 0; key <= query; key++) most = Math.max(most, data.at(head, query, key) || 0);
  }
  return most;
}
