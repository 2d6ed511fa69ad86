import { Ramp } from './colour';
import type { Scale } from './scale';

export interface Pool {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** A map of at most so many pixels: each shows its cells' value farthest from zero, NaN where one is. */
export function pool(
  rows: number,
  columns: number,
  height: number,
  width: number,
  at: (row: number, column: number) => number,
): Pool {
  const values = new Float32Array(height * width);
  for (let row = 0; row < rows; row++) {
    const line = Math.floor((row * height) / rows) * width;
    for (let column = 0; column < columns; column++) {
      const i = line + Math.floor((column * width) / columns);
      const value = at(row, column);
      if (Number.isNaN(value) || Math.abs(value) > Math.abs(values[i])) values[i] = value;
    }
  }
  return { rows: height, columns: width, values };
}

/** The pixels as an image; NaN is magenta. */
export function fill({ rows, columns, values }: Pool, scale: Scale, { table }: Ramp): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const c = canvas.getContext('2d')!;
  const image = c.createImageData(columns, rows);
  values.forEach((value, i) => {
    const at = Number.isNaN(value) ? -1 : Ramp.step(scale.place(value)) * 3;
    image.data.set(at < 0 ? [214, 0, 147, 255] : [table[at], table[at + 1], table[at + 2], 255], 4 * i);
  });
  c.putImageData(image, 0, 0);
  return canvas;
}
