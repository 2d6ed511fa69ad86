import { clamp } from './scale';
import { type Child, h } from './dom';
import { exact, type Num } from './format';
import { written } from './tokens';

/** A token that may come next. */
export interface Guess {
  /** Its index in the figure's vocabulary. */
  readonly token: number;
  readonly logit: number;
  readonly probability: number;
}

/** Reads three numbers per rank, which are token, logit and probability. */
export function guesses(numbers: readonly Num[]): Guess[] {
  return Array.from({ length: numbers.length / 3 }, (_, rank) => ({
    token: Number(numbers[3 * rank]),
    logit: Number(numbers[3 * rank + 1]),
    probability: Number(numbers[3 * rank + 2]),
  }));
}

/** A share from 0 to 1 as a bar; empty where there is none. */
export function shareBar(share: number): HTMLElement {
  const bar = h('span', { class: 'share' });
  bar.style.width = `${clamp(100 * share || 0, 0, 100)}%`;
  return h('span', { class: 'share-box' }, bar);
}

/** A row of a table of guesses: rank, token, bar, probability, log probability, logit. */
export function guessRow(rank: number, label: string, probability: number, logit: number): Child[] {
  return [String(rank), written(label), shareBar(probability), exact(probability), exact(Math.log(probability)), exact(logit)];
}

export const GUESS_COLUMNS = ['rank', 'token', 'share', 'probability', 'log probability', 'logit'];
