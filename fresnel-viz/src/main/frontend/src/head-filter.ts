import type { PlacedHead } from './attention-data';
import type { Metric } from './heads';

/** A head's score by a detector; by null, that which the heads are compared by. */
export type ScoreBy = (metric: Metric | null, head: PlacedHead) => number;

/** The heads that the filter box asks for: `L5 H1`, `L5H1`, `L3-5`, `>0.3`, `induction >= 0.5`, or several of these. */
export interface HeadFilter {
  readonly empty: boolean;
  /** The parts of the text that are none of these. */
  readonly unknown: readonly string[];
  /** The detectors whose scores it compares; null for that which the heads are compared by. */
  readonly scores: readonly (Metric | null)[];
  keeps(head: PlacedHead, score: ScoreBy): boolean;
}

type Test = (head: PlacedHead, score: ScoreBy) => boolean;

const COMPARES: Readonly<Record<string, (score: number, bound: number) => boolean>> = {
  '>': (s, bound) => s > bound,
  '>=': (s, bound) => s >= bound,
  '<': (s, bound) => s < bound,
  '<=': (s, bound) => s <= bound,
};

export function headFilter(text: string, metrics: readonly Metric[]): HeadFilter {
  const layers: Test[] = [];
  const heads: Test[] = [];
  const pairs: Test[] = [];
  const scores: Test[] = [];
  const unknown: string[] = [];
  const compared: (Metric | null)[] = [];
  // `previous token > 0.3`: a detector's name, or its beginning, before the comparison.
  const rest = text.toUpperCase().replace(/([A-Z][A-Z -]*)?([<>]=?)\s*(\d*\.?\d+)/g, (whole, name: string | undefined, sign: string, bound: string) => {
    const wanted = name?.trim() ?? '';
    const metric = wanted ? metrics.find((one) => one.name.toUpperCase().startsWith(wanted)) : null;
    if (metric === undefined) unknown.push(whole);
    else {
      compared.push(metric);
      scores.push((h, score) => COMPARES[sign](score(metric, h), Number(bound)));
    }
    return ' ';
  });
  for (const part of rest.split(/[\s,;]+/).filter(Boolean)) {
    let found: RegExpMatchArray | null;
    if ((found = part.match(/^L(\d+)[.]?H(\d+)$/))) {
      const [layer, head] = [Number(found[1]), Number(found[2])];
      pairs.push((h) => h.layer === layer && h.head === head);
    } else if ((found = part.match(/^([LH])(\d+)(?:-[LH]?(\d+))?$/))) {
      const [from, to] = [Number(found[2]), Number(found[3] ?? found[2])];
      if (found[1] === 'L') layers.push((h) => h.layer >= from && h.layer <= to);
      else heads.push((h) => h.head >= from && h.head <= to);
    } else {
      unknown.push(part);
    }
  }
  const some = (tests: Test[], h: PlacedHead, s: ScoreBy) =>
    tests.length === 0 || tests.some((test) => test(h, s));
  return {
    empty: layers.length + heads.length + pairs.length + scores.length === 0,
    unknown,
    scores: compared,
    keeps: (h, s) =>
      some(pairs, h, s) && some(layers, h, s) && some(heads, h, s) && scores.every((t) => t(h, s)),
  };
}
