import type { AttentionData, PlacedHead } from './attention-data';
import { headFilter } from './head-filter';
import { type Metric, metrics } from './heads';

/** Which heads the grid shows, and in which order. */
export interface HeadOrder {
  readonly heads: readonly PlacedHead[];
  /** Layers down, heads across: the order of the model, all heads, more than one layer. */
  readonly matrix: boolean;
  /** The score that stands beside the head's name; NaN for none. */
  score(head: PlacedHead): number;
}

/** `metric` is the name of a detector whose scores stand on the page, or '' for the model's order. */
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

/** The greatest weight off the first query, whose only key is itself. */
function strongest(data: AttentionData, head: PlacedHead): number {
  let most = 0;
  for (let query = 1; query < data.size; query++) {
    for (let key = 0; key <= query; key++) most = Math.max(most, data.at(head, query, key) || 0);
  }
  return most;
}
