import type { PlacedHead } from './attention-data';

/** The heads that the filter box asks for: `L5 H1`, `L5H1`, `L3-5`, `>0.3`, `<=0.1`, or several of these. */
export interface HeadFilter {
  readonly empty: boolean;
  /** The parts of the text that are none of these. */
  readonly unknown: readonly string[];
  /** Whether it compares scores. */
  readonly scores: boolean;
  keeps(head: PlacedHead, score: () => number): boolean;
}

type Test = (head: PlacedHead, score: () => number) => boolean;

export function headFilter(text: string): HeadFilter {
  const layers: Test[] = [];
  const heads: Test[] = [];
  const pairs: Test[] = [];
  const scores: Test[] = [];
  const unknown: string[] = [];
  for (const part of text.toUpperCase().split(/[\s,;]+/).filter(Boolean)) {
    let found: RegExpMatchArray | null;
    if ((found = part.match(/^L(\d+)[.]?H(\d+)$/))) {
      const [layer, head] = [Number(found[1]), Number(found[2])];
      pairs.push((h) => h.layer === layer && h.head === head);
    } else if ((found = part.match(/^([LH])(\d+)(?:-[LH]?(\d+))?$/))) {
      const [from, to] = [Number(found[2]), Number(found[3] ?? found[2])];
      if (found[1] === 'L') layers.push((h) => h.layer >= from && h.layer <= to);
      else heads.push((h) => h.head >= from && h.head <= to);
    } else if ((found = part.match(/^([<>]=?)(\d*\.?\d+)$/))) {
      const bound = Number(found[2]);
      scores.push({
        '>': (_: PlacedHead, s: () => number) => s() > bound,
        '>=': (_: PlacedHead, s: () => number) => s() >= bound,
        '<': (_: PlacedHead, s: () => number) => s() < bound,
        '<=': (_: PlacedHead, s: () => number) => s() <= bound,
      }[found[1] as '>']);
    } else {
      unknown.push(part);
    }
  }
  const some = (tests: Test[], h: PlacedHead, s: () => number) =>
    tests.length === 0 || tests.some((test) => test(h, s));
  return {
    empty: layers.length + heads.length + pairs.length + scores.length === 0,
    unknown,
    scores: scores.length > 0,
    keeps: (h, s) =>
      some(pairs, h, s) && some(layers, h, s) && some(heads, h, s) && scores.every((t) => t(h, s)),
  };
}
