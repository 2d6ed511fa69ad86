/** Numbers as text. */

/** A number of the page's JSON: NaN and infinities are strings there. */
export type Num = number | 'NaN' | 'Infinity' | '-Infinity';

/** Four significant digits: 0.4123, 12.35, 1.000. */
export function exact(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  return value === 0 ? '0' : value.toPrecision(4);
}

/** Two decimals, for values that are stored in eight bits. */
export function coarse(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.005) return value > 0 ? '< 0.005' : '> -0.005';
  return value.toFixed(2);
}

/** A number for the label of a tick: two or three digits, more where ticks that are a step apart need them. */
export function short(value: number, step = Math.abs(value)): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return exact(value);
  if (size <= 1e-9 * step) return '0';
  const needed = 2 + Math.floor(Math.log10(size)) - Math.floor(Math.log10(step));
  const rounded = Number(value.toPrecision(Math.max(size >= 100 ? 3 : 2, Math.min(15, needed))));
  return size >= 1e5 || size < 1e-3 ? rounded.toExponential().replace('e+', 'e') : String(rounded);
}

export const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** A number that has a plus sign where it is greater than 0. */
export const signed = (value: number, text: string): string => (value > 0 && /^\d/.test(text) ? `+${text}` : text);
