import type { AttentionView, Cell } from './attention-view';
import { fitted } from './dom';
import { property } from './theme';

/** The square of the map's cells on its canvas, in CSS pixels. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

const FONT = 11;

/** Draws as many token labels along both axes as fit. They do not change while a pointer moves. */
export function drawAxes(c: CanvasRenderingContext2D, view: AttentionView, plot: Plot): void {
  const { left, top, side } = plot;
  const { row, column, span } = view.window;
  const every = Math.max(1, Math.ceil((FONT + 2) / (side / span)));
  const first = (from: number) => Math.ceil(from / every) * every;
  for (let at = first(row); at < row + span; at += every) write(c, view, plot, at, 'query', false);
  for (let at = first(column); at < column + span; at += every) write(c, view, plot, at, 'key', false);
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
export function drawMarks(c: CanvasRenderingContext2D, view: AttentionView, plot: Plot): void {
  const { query, key } = marks(view);
  const { row, column, span } = view.window;
  if (query !== null && query >= row && query < row + span) write(c, view, plot, query, 'query', true);
  if (key !== null && key >= column && key < column + span) write(c, view, plot, key, 'key', true);
}

function write(
  c: CanvasRenderingContext2D,
  view: AttentionView,
  { left, top, side }: Plot,
  at: number,
  axis: 'query' | 'key',
  on: boolean,
): void {
  const { row, column, span } = view.window;
  const middle = (at - (axis === 'query' ? row : column) + 0.5) * (side / span);
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

/** Draws only within the map's cells. */
function within(c: CanvasRenderingContext2D, { left, top, side }: Plot, draw: () => void): void {
  c.save();
  c.beginPath();
  c.rect(left - 1, top - 1, side + 2, side + 2);
  c.clip();
  draw();
  c.restore();
}

/** Draws a frame about the marked row and column. */
export function drawCrosshair(c: CanvasRenderingContext2D, view: AttentionView, plot: Plot): void {
  const { left, top, side } = plot;
  const { row, column, span } = view.window;
  const cell = side / span;
  // Small cells get a wider frame, which does not hide them.
  const gap = cell < 6 ? 1.5 : 0;
  const { query, key } = marks(view);
  c.strokeStyle = property('--accent');
  c.lineWidth = 1.25;
  within(c, plot, () => {
    if (query !== null) c.strokeRect(left, top + (query - row) * cell - gap, side, cell + 2 * gap);
    if (key !== null) c.strokeRect(left + (key - column) * cell - gap, top, cell + 2 * gap, side);
  });
}

/** Draws dashed lines on both sides of the diagonal on which keys are as far before their queries as the guide says. */
export function drawGuide(c: CanvasRenderingContext2D, view: AttentionView, plot: Plot): void {
  if (view.guide === null) return;
  const { left, top, side } = plot;
  const { row, column, span, size } = view.window;
  const cell = side / span;
  const half = Math.max(cell / 2 + 1, 3);
  const x = (key: number) => left + (key - column + 0.5) * cell;
  const y = (query: number) => top + (query - row + 0.5) * cell;
  within(c, plot, () => {
    for (const beside of [-half, half]) {
      c.beginPath();
      c.moveTo(x(-1) + beside, y(view.guide! - 1) - beside);
      c.lineTo(x(size) + beside, y(size + view.guide!) - beside);
      // A halo in the page's colour keeps the dashes apart from dark cells.
      for (const [colour, line, dash] of [['--page', 4, []], ['--accent', 1.5, [5, 4]]] as const) {
        c.strokeStyle = property(colour);
        c.lineWidth = line;
        c.setLineDash([...dash]);
        c.stroke();
      }
    }
  });
  c.setLineDash([]);
}

/** Draws the range that is being chosen: the square that the map will show. */
export function drawBrush(c: CanvasRenderingContext2D, view: AttentionView, plot: Plot): void {
  if (!view.brush) return;
  const { row, column, span } = view.window;
  const cell = plot.side / span;
  const [a, b]: readonly [Cell, Cell] = view.brush;
  const extent = (1 + Math.max(Math.abs(a.query - b.query), Math.abs(a.key - b.key))) * cell;
  const x = plot.left + (Math.min(a.key, b.key) - column) * cell;
  const y = plot.top + (Math.min(a.query, b.query) - row) * cell;
  c.strokeStyle = c.fillStyle = property('--accent');
  c.lineWidth = 2;
  within(c, plot, () => {
    c.globalAlpha = 0.16;
    c.fillRect(x, y, extent, extent);
    c.globalAlpha = 1;
    c.strokeRect(x, y, extent, extent);
  });
}
