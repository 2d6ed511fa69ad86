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

/** Two or three digits, for the label of a tick. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return exact(value);
  if (value === 0) return '0';
  if (size >= 1e5 || size < 1e-3) return value.toExponential(0).replace('e+', 'e');
  return String(Number(value.toPrecision(size >= 100 ? 3 : 2)));
}

export const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** A number that has a plus sign where it is greater than 0. */
export const signed = (value: number, text: string): string => (value > 0 && /^\d/.test(text) ? `+${text}` : text);
