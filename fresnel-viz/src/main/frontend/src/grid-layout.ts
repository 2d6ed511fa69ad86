import { clamp } from './scale';
import type { PlacedHead } from './attention-data';

/** Between two small maps, in CSS pixels. */
const GAP = 5;
/** The height of a label below a small map, where the order is not the model's. */
const LABEL = 15;
/** The width of the layers' names, where the order is the model's. */
const MARGIN = 34;
/** The height of the heads' names, where the order is the model's. */
const HEADER = 20;
/** The side of a small map, about, where the order is not the model's. */
const FLOW_THUMB = 76;

export interface Thumb {
  readonly head: PlacedHead;
  readonly x: number;
  readonly y: number;
}

/** Where the small maps are on their canvas, in CSS pixels. */
export interface GridLayout {
  readonly matrix: boolean;
  readonly thumbs: readonly Thumb[];
  readonly side: number;
  /** From one map to the next one below, with its label. */
  readonly reach: number;
  readonly perRow: number;
  readonly margin: number;
  readonly width: number;
  readonly height: number;
  at(x: number, y: number): PlacedHead | null;
}

/**
 * Places the maps: as the model, with as many `columns` as its layers have heads; with no columns, in
 * lines that wrap. A scroll bar takes room where the grid is higher than `mostHeight`.
 */
export function layOut(
  heads: readonly PlacedHead[],
  columns: number,
  width: number,
  mostHeight: number,
  scrollBar: number,
): GridLayout {
  const matrix = columns > 0;
  const margin = matrix ? MARGIN : 0;
  const room = Math.max(120, width - margin - GAP);
  const fitting = fit(heads, columns, room, margin);
  const high = fitting.height + (matrix ? HEADER : 0) > mostHeight;
  return high ? fit(heads, columns, room - scrollBar, margin) : fitting;
}

function fit(heads: readonly PlacedHead[], columns: number, width: number, margin: number): GridLayout {
  const matrix = columns > 0;
  const perRow = columns || Math.max(1, Math.floor(width / (FLOW_THUMB + GAP)));
  const room = Math.floor(width / perRow) - GAP;
  const side = matrix ? clamp(room, 22, 72) : clamp(room, 40, 118);
  const across = side + GAP;
  const reach = across + (matrix ? 0 : LABEL);
  const thumbs = heads.map((head, i) => ({
    head,
    x: GAP / 2 + (matrix ? head.head : i % perRow) * across,
    y: GAP / 2 + (matrix ? head.slot : Math.floor(i / perRow)) * reach,
  }));
  return {
    matrix, thumbs, side, reach, perRow, margin,
    width: Math.max(1, perRow * across + GAP),
    height: (thumbs.at(-1)?.y ?? 0) + reach,
    at: (x, y) => thumbs.find((thumb) =>
      x >= thumb.x - GAP / 2 && x < thumb.x + across - GAP / 2 &&
      y >= thumb.y - GAP / 2 && y < thumb.y + reach - GAP / 2)?.head ?? null,
  };
}
