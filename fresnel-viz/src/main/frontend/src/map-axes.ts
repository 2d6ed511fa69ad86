import type { AttentionView } from './attention-view';
import { fitted } from './dom';
import type { MapWindow } from './map-window';
import { property } from './theme';

/** The square of the map's cells on its canvas, in CSS pixels. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

const FONT = 11;

/** Draws as many token labels along both axes as fit. They do not change while a pointer moves. */
export function drawAxes(
  c: CanvasRenderingContext2D,
  view: AttentionView,
  window: MapWindow,
  plot: Plot,
): void {
  const { left, top, side } = plot;
  const every = Math.max(1, Math.ceil((FONT + 2) / (side / window.span)));
  for (let at = Math.ceil(window.from / every) * every; at < window.to; at += every) {
    write(c, view, window, plot, at, 'query', false);
    write(c, view, window, plot, at, 'key', false);
  }
  c.fillStyle = property('--muted');
  c.font = `${FONT}px ${property('--sans')}`;
  c.textAlign = 'center';
  c.fillText('source (key) →', left + side / 2, top + side + left - 8);
  c.save();
  c.translate(8, top + side / 2);
  c.rotate(-Math.PI / 2);
  c.fillText('← destination (query)', 0, 0);
  c.restore();
}

/** Draws the labels of the marked row and column, over the others that would touch them. */
export function drawMarks(
  c: CanvasRenderingContext2D,
  view: AttentionView,
  window: MapWindow,
  plot: Plot,
): void {
  const { query, key } = marks(view);
  const shown = (at: number | null): at is number => at !== null && at >= window.from && at < window.to;
  if (shown(query)) write(c, view, window, plot, query, 'query', true);
  if (shown(key)) write(c, view, window, plot, key, 'key', true);
}

function write(
  c: CanvasRenderingContext2D,
  view: AttentionView,
  window: MapWindow,
  { left, top, side }: Plot,
  at: number,
  axis: 'query' | 'key',
  on: boolean,
): void {
  const middle = (at - window.from + 0.5) * (side / window.span);
  c.save();
  if (axis === 'query') c.translate(left - 6, top + middle);
  else {
    c.translate(left + middle, top + side + 6);
    c.rotate(-Math.PI / 2);
  }
  c.textBaseline = 'middle';
  c.textAlign = 'right';
  if (on) {
    c.fillStyle = property('--page');
    c.fillRect(24 - left, -FONT, left - 20, 2 * FONT);
  }
  label(c, view, at, on, left - 24);
  c.restore();
}

/** Draws a token and, fainter, its index, right-aligned at the origin. */
function label(
  c: CanvasRenderingContext2D,
  view: AttentionView,
  at: number,
  on: boolean,
  room: number,
): void {
  const index = String(at);
  c.font = `${FONT - 1}px ${property('--mono')}`;
  c.fillStyle = property(on ? '--accent' : '--faint');
  c.fillText(index, 0, 0);
  const used = c.measureText(index).width + 5;
  c.font = `${on ? '600 ' : ''}${FONT}px ${property('--mono')}`;
  c.fillStyle = property(on ? '--accent' : '--ink');
  c.fillText(fitted(c, view.data.tokens.label(at), room - used), -used, 0);
}

/** The marked row and column: those of the cell, else the focused token's. */
function marks(view: AttentionView): { query: number | null; key: number | null } {
  if (view.cell) return view.cell;
  return view.direction === 'sources'
    ? { query: view.token, key: null }
    : { query: null, key: view.token };
}

/** Draws a frame about the marked row and column. */
export function drawCrosshair(
  c: CanvasRenderingContext2D,
  view: AttentionView,
  window: MapWindow,
  { left, top, side }: Plot,
): void {
  const cell = side / window.span;
  // Small cells get a wider frame, which does not hide them.
  const gap = cell < 6 ? 1.5 : 0;
  const { query, key } = marks(view);
  c.strokeStyle = property('--accent');
  c.save();
  c.beginPath();
  c.rect(left - 1, top - 1, side + 2, side + 2);
  c.clip();
  if (query !== null) frame(c, left, top + (query - window.from) * cell - gap, side, cell + 2 * gap);
  if (key !== null) frame(c, left + (key - window.from) * cell - gap, top, cell + 2 * gap, side);
  c.restore();
}

function frame(c: CanvasRenderingContext2D, x: number, y: number, w: number, t: number): void {
  c.lineWidth = 1.25;
  c.strokeRect(x, y, w, t);
}
