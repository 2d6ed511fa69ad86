import { Ramp } from './colour';
import type { Scale } from './scale';

/**
 * A square of values. Where it has more cells than pixels, a pixel shows the greatest of its values,
 * so that a single high value stays visible at any size. Masked cells are transparent.
 */
export interface Square {
  readonly size: number;
  at(row: number, column: number): number;
  masked(row: number, column: number): boolean;
}

const MASKED = -Infinity;

/** The greatest values of a square's window, as `side` by `side` pixels; NaN where one value is NaN. */
export function pooled(square: Square, from: number, to: number, side: number): Float32Array {
  const span = to - from;
  const pool = new Float32Array(side * side).fill(MASKED);
  if (side === span) {
    for (let row = 0, i = 0; row < span; row++) {
      for (let column = 0; column < span; column++, i++) {
        if (!square.masked(from + row, from + column)) {
          pool[i] = square.at(from + row, from + column);
        }
      }
    }
    return pool;
  }
  for (let row = 0; row < span; row++) {
    const line = Math.floor((row * side) / span) * side;
    for (let column = 0; column < span; column++) {
      if (square.masked(from + row, from + column)) continue;
      const i = line + Math.floor((column * side) / span);
      const value = square.at(from + row, from + column);
      if (value > pool[i] || Number.isNaN(value)) pool[i] = value;
    }
  }
  return pool;
}

export function painted(pool: Float32Array, side: number, scale: Scale, ramp: Ramp): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const c = canvas.getContext('2d')!;
  const image = c.createImageData(side, side);
  const { data } = image;
  const { table } = ramp;
  for (let i = 0, at = 0; i < pool.length; i++, at += 4) {
    const value = pool[i];
    if (value === MASKED) continue;
    if (Number.isNaN(value)) {
      data[at] = 214;
      data[at + 2] = 147;
    } else {
      const step = Ramp.step(scale.place(value)) * 3;
      data[at] = table[step];
      data[at + 1] = table[step + 1];
      data[at + 2] = table[step + 2];
    }
    data[at + 3] = 255;
  }
  c.putImageData(image, 0, 0);
  return canvas;
}
