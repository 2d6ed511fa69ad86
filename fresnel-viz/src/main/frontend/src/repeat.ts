import type { Tokens } from './tokens';

/** After how many tokens a text repeats itself or more: the least distance at which four of five tokens are equal; 0 for none. */
export function repeat(tokens: Tokens): number {
  const { size } = tokens;
  for (let period = 2; period <= size / 2; period++) {
    let same = 0;
    for (let at = period; at < size; at++) if (tokens.id(at) === tokens.id(at - period)) same++;
    if (same > 0.8 * (size - period - 1)) return period;
  }
  return 0;
}
