import { clamp } from './scale';

/** The cell of a grid to which an arrow key, Home or End leads; null for any other key. */
export function step(
  key: string,
  [row, column]: readonly [number, number],
  rows: number,
  columns: number,
): [number, number] | null {
  const inside = (at: number, count: number) => clamp(at, 0, count - 1);
  switch (key) {
    case 'ArrowLeft':
      return [row, inside(column - 1, columns)];
    case 'ArrowRight':
      return [row, inside(column + 1, columns)];
    case 'ArrowUp':
      return [inside(row - 1, rows), column];
    case 'ArrowDown':
      return [inside(row + 1, rows), column];
    case 'Home':
      return [row, 0];
    case 'End':
      return [row, columns - 1];
    default:
      return null;
  }
}

/** Whether the key locks the focused thing. */
export const locks = (key: string): boolean => key === 'Enter' || key === ' ';
