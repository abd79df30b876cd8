import { useEffect, useRef } from 'react';
import { cssOf, type Palette } from '../../heatmap/paint/palette.ts';
import { observePixels, type PixelBox } from '../../ui/device-pixels.ts';
import { Entry, type TableEntries } from './table-entries.ts';

const COLUMNS = 16;
const ROWS = 32;

const NONE: readonly (readonly [number, number])[] = [];

interface TablePictureProps {
  readonly table: TableEntries;
  readonly index: number;
  readonly palette: Palette;
  /** [first index, entries] that the current sub-step reads or changes. */
  readonly lit?: readonly (readonly [number, number])[];
  /** Width of a square in pixels. */
  readonly cell: number;
  /** What is drawn, in words. */
  readonly label: string;
  readonly onSelect: (index: number) => void;
}

/** The 512 entries of one table as squares, row by row, the walk's own framed. */
export function TablePicture({
  table,
  index,
  palette,
  cell,
  label,
  lit = NONE,
  onSelect,
}: TablePictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    return observePixels([element], (_ratio, [box]) => box && draw(element, box, table, index, palette, lit));
  }, [table, index, palette, cell, lit]);
  return (
    <canvas
      ref={canvas}
      className="table-picture"
      style={{ width: COLUMNS * cell, height: ROWS * cell }}
      role="img"
      aria-label={label}
      onClick={({ nativeEvent: { offsetX, offsetY } }) => {
        onSelect(Math.floor(offsetY / cell) * COLUMNS + Math.min(COLUMNS - 1, Math.floor(offsetX / cell)));
      }}
    />
  );
}

/** Squares with whole device pixels as their edges. */
function draw(
  element: HTMLCanvasElement,
  { deviceWidth, deviceHeight }: PixelBox,
  table: TableEntries,
  index: number,
  { swatches, ramp }: Palette,
  lit: readonly (readonly [number, number])[],
): void {
  const context = element.getContext('2d');
  if (!context || deviceWidth === 0 || deviceHeight === 0) return;
  element.width = deviceWidth;
  element.height = deviceHeight;
  const left = (column: number): number => Math.round((column * deviceWidth) / COLUMNS);
  const top = (row: number): number => Math.round((row * deviceHeight) / ROWS);
  const unit = Math.max(1, Math.round(window.devicePixelRatio));
  const colours = {
    [Entry.Empty]: cssOf(swatches.untouched),
    [Entry.Used]: cssOf(swatches.hatch),
    [Entry.Swapped]: cssOf(swatches.swappedMark),
    [Entry.Written]: cssOf(ramp.at(-1) ?? swatches.hatch),
  };
  table.entries.forEach((entry, i) => {
    context.fillStyle = colours[entry as keyof typeof colours];
    const [column, row] = [i % COLUMNS, Math.floor(i / COLUMNS)];
    // Written entries are larger than entries that are only present: size shows it as well as colour.
    const before = entry === Entry.Empty ? unit : 0;
    const after = entry === Entry.Written ? unit : 2 * unit;
    const [x, y] = [left(column) + before, top(row) + before];
    context.fillRect(x, y, left(column + 1) - after - x, top(row + 1) - after - y);
  });
  const token = (name: string): string => getComputedStyle(element).getPropertyValue(name);
  context.strokeStyle = token('--warn');
  context.lineWidth = 2 * unit;
  for (const [first, count] of lit) {
    for (let i = first; i < first + count; i++) {
      const [c, r] = [i % COLUMNS, Math.floor(i / COLUMNS)];
      context.strokeRect(
        left(c) + unit / 2,
        top(r) + unit / 2,
        left(c + 1) - left(c) - 2 * unit,
        top(r + 1) - top(r) - 2 * unit,
      );
    }
  }
  context.strokeStyle = token('--accent');
  context.lineWidth = 2 * unit;
  const [column, row] = [index % COLUMNS, Math.floor(index / COLUMNS)];
  const [x, y] = [left(column) - unit, top(row) - unit];
  context.strokeRect(x, y, left(column + 1) - x, top(row + 1) - y);
}
