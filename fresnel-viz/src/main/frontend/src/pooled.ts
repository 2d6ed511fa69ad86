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
  const pixels = Int32Array.from({ length: span }, (_, across) => Math.floor((across * side) / span));
  for (let down = 0; down < span; down++) {
    const end = Math.min(span, square.row(row + down, line) - column);
    const from = Math.floor((down * side) / span) * side;
    if (side === span) {
      if (end > 0) pool.set(line.subarray(column, column + end), from);
      continue;
    }
    for (let across = 0; across < end; across++) {
      const pixel = from + pixels[across];
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
  const words = new Uint32Array(image.data.buffer);
  if (layers.length === 1) paintOne(words, layers[0]);
  else paintSeveral(words, layers);
  c.putImageData(image, 0, 0);
  return canvas;
}

/** A NaN's colour, as a canvas keeps it: alpha, blue, green, red. */
const NAN_WORD = 0xff9300d6;

function paintOne(words: Uint32Array, { pool, scale, ramp }: Layer): void {
  const signed = scale.low < 0;
  const colours = ramp.words;
  for (let i = 0; i < words.length; i++) {
    const value = pool[i];
    if (value === MASKED) continue;
    words[i] = value === value ? colours[Ramp.step(scale.place(signed ? value : Math.abs(value)))] : NAN_WORD;
  }
}

function paintSeveral(words: Uint32Array, layers: readonly Layer[]): void {
  for (let i = 0; i < words.length; i++) {
    let most = -1;
    for (const { pool, scale, ramp } of layers) {
      const value = pool[i];
      if (value === MASKED) continue;
      const here = value === value ? scale.place(scale.low < 0 ? value : Math.abs(value)) : Infinity;
      if (here <= most) continue;
      most = here;
      words[i] = here === Infinity ? NAN_WORD : ramp.words[Ramp.step(here)];
    }
  }
}
