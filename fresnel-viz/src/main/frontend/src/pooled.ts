import { Ramp } from './colour';
import type { MapWindow } from './map-window';
import type { Scale } from './scale';

/**
 * A square of values. Where it has more cells than pixels, a pixel shows the value furthest from 0,
 * so that a single high value stays visible at any size. Masked cells are transparent.
 */
export interface Square {
  readonly size: number;
  /** Writes a row, and returns how many of its cells are not masked: the first ones. */
  row(at: number, into: Float32Array): number;
}

/** What a pixel without a value holds. */
export const MASKED = -Infinity;

/** The values of a square's window furthest from 0, as `side` by `side` pixels; NaN where one is NaN. */
export function pooled(
  square: Square,
  { row, column, span }: Pick<MapWindow, 'row' | 'column' | 'span'>,
  side: number,
): Float32Array {
  const pool = new Float32Array(side * side).fill(MASKED);
  const line = new Float32Array(square.size);
  for (let down = 0; down < span; down++) {
    const end = Math.min(span, square.row(row + down, line) - column);
    const from = Math.floor((down * side) / span) * side;
    for (let across = 0; across < end; across++) {
      const pixel = from + Math.floor((across * side) / span);
      const value = line[column + across];
      const old = pool[pixel];
      if (old === MASKED || value !== value || Math.abs(value) > Math.abs(old)) pool[pixel] = value;
    }
  }
  return pool;
}

/** One head's pixels, and the colours that they get. */
export interface Layer {
  readonly pool: Float32Array;
  readonly scale: Scale;
  readonly ramp: Ramp;
}

/** Colours pixels. Of several heads, the one with the highest place on its scale gives the colour. */
export function painted(layers: readonly Layer[], side: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const c = canvas.getContext('2d')!;
  const image = c.createImageData(side, side);
  const { data } = image;
  for (let i = 0, at = 0; i < side * side; i++, at += 4) {
    let [place, table] = [-1, layers[0].ramp.table];
    for (const { pool, scale, ramp } of layers) {
      const value = pool[i];
      if (value === MASKED) continue;
      const here = value === value ? scale.place(scale.low < 0 ? value : Math.abs(value)) : Infinity;
      if (here > place) [place, table] = [here, ramp.table];
    }
    if (place < 0) continue;
    if (place === Infinity) {
      data[at] = 214;
      data[at + 2] = 147;
    } else {
      const step = Ramp.step(place) * 3;
      data[at] = table[step];
      data[at + 1] = table[step + 1];
      data[at + 2] = table[step + 2];
    }
    data[at + 3] = 255;
  }
  c.putImageData(image, 0, 0);
  return canvas;
}
