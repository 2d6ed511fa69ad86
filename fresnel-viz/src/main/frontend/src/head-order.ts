import type { AttentionData, PlacedHead } from './attention-data';
import { headFilter } from './head-filter';
import { type Metric, metrics } from './heads';

/** Which heads the grid shows, and in which order. */
export interface HeadOrder {
  readonly heads: readonly PlacedHead[];
  /** Whether the grid is the model: a row per layer, a column per head, no head left out. */
  readonly matrix: boolean;
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
  return { heads, matrix: !chosen && filter.empty && data.json.layers.length > 1, score };
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
