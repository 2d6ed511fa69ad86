import { Ramp } from './colour';
import type { MapWindow } from './map-window';
import { ROOTS } from './pattern';
import type { Scale } from './scale';

/**
 * A square of values. Where it has more cells than pixels, a pixel shows the value furthest from 0,
 * so that a single high value stays visible at any size. Masked cells are transparent.
 */
export interface Square {
  readonly size: number;
  /** Writes a row, and returns how many of its cells are not masked: the first ones. */
  row(at: number, into: Float32Array): number;
  /** A row as bytes that stand for roots, its cells that are not masked; null where values are no bytes. */
  readonly codes: ((at: number) => Uint8Array) | null;
}

/** What a pixel without a value holds. */
export const MASKED = -Infinity;

type Part = Pick<MapWindow, 'row' | 'column' | 'span'>;

/** The values of a square's window furthest from 0, as `side` by `side` pixels; NaN where one is NaN. */
export function pooled(square: Square, { row, column, span }: Part, side: number): Float32Array {
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

/** The same of bytes, several times as fast: their greatest codes, plus 1; 0 where all cells are masked. */
function pooledCodes(codes: (at: number) => Uint8Array, { row, column, span }: Part, side: number): Uint16Array {
  const pool = new Uint16Array(side * side);
  const ends = Int32Array.from({ length: side }, (_, pixel) => Math.ceil(((pixel + 1) * span) / side));
  for (let down = 0; down < span; down++) {
    const line = codes(row + down).subarray(column, column + span);
    const from = Math.floor((down * side) / span) * side;
    if (side === span) {
      for (let across = 0; across < line.length; across++) pool[from + across] = line[across] + 1;
      continue;
    }
    for (let pixel = 0, across = 0; across < line.length; pixel++) {
      let most = pool[from + pixel];
      for (const end = Math.min(line.length, ends[pixel]); across < end; across++) {
        if (line[across] >= most) most = line[across] + 1;
      }
      pool[from + pixel] = most;
    }
  }
  return pool;
}

/** A head's pixels: values, or codes. */
export const pool = (square: Square, part: Part, side: number): Pool =>
  square.codes ? pooledCodes(square.codes, part, side) : pooled(square, part, side);

/** One head's pixels, and the colours that they get. */
export type Pool = Float32Array | Uint16Array;

export interface Layer {
  readonly pool: Pool;
  readonly scale: Scale;
  readonly ramp: Ramp;
}

let image: ImageData | null = null;

/** Colours pixels. Of several heads, the one with the highest place on its scale gives the colour. */
export function painted(layers: readonly Layer[], side: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const c = canvas.getContext('2d')!;
  // One image for all canvases of a size: a new one each time would be much to clear away.
  if (image?.width !== side) image = new ImageData(side, side);
  const words = new Uint32Array(image.data.buffer).fill(0);
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
  if (pool instanceof Uint16Array) {
    const ofCode = Uint32Array.from({ length: 257 }, (_, code) => (code ? colours[Ramp.step(scale.place(ROOTS[code - 1]))] : 0));
    for (let i = 0; i < words.length; i++) words[i] = ofCode[pool[i]];
    return;
  }
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
