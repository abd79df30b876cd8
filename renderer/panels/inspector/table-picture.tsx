import { useEffect, useRef } from 'react';
import { cssOf, type Palette } from '../../heatmap/palette.ts';
import { Entry, type TableEntries } from './table-entries.ts';

const COLUMNS = 16;
const ROWS = 32;

interface TablePictureProps {
  readonly table: TableEntries;
  readonly index: number;
  readonly palette: Palette;
  /** Width of a square in pixels. */
  readonly cell: number;
  /** What is drawn, in words. */
  readonly label: string;
  readonly onChoose: (index: number) => void;
}

/** The 512 entries of one table as squares, row by row, the walk's own framed. */
export function TablePicture({ table, index, palette, cell, label, onChoose }: TablePictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const ratio = Math.max(1, Math.round(window.devicePixelRatio * 2) / 2);
    element.width = COLUMNS * cell * ratio;
    element.height = ROWS * cell * ratio;
    context.scale(ratio, ratio);
    const { swatches, ramp } = palette;
    const colours = {
      [Entry.Empty]: cssOf(swatches.untouched),
      [Entry.Used]: cssOf(swatches.hatch),
      [Entry.Swapped]: cssOf(swatches.swappedMark),
      [Entry.Written]: cssOf(ramp.at(-1) ?? swatches.hatch),
    };
    table.entries.forEach((entry, i) => {
      context.fillStyle = colours[entry as keyof typeof colours];
      const [x, y] = [(i % COLUMNS) * cell, Math.floor(i / COLUMNS) * cell];
      // What was written is larger than what is only there: size tells it as well as colour does.
      const size = entry === Entry.Written ? cell - 1 : entry === Entry.Empty ? cell - 3 : cell - 2;
      const inset = (cell - 1 - size) / 2;
      context.fillRect(x + inset, y + inset, size, size);
    });
    const style = getComputedStyle(element);
    context.strokeStyle = style.getPropertyValue('--accent');
    context.lineWidth = 2;
    context.strokeRect(
      (index % COLUMNS) * cell - 1,
      Math.floor(index / COLUMNS) * cell - 1,
      cell + 1,
      cell + 1,
    );
  }, [table, index, palette, cell]);
  return (
    <canvas
      ref={canvas}
      className="table-picture"
      style={{ width: COLUMNS * cell, height: ROWS * cell }}
      role="img"
      aria-label={label}
      onClick={({ nativeEvent: { offsetX, offsetY } }) => {
        onChoose(Math.floor(offsetY / cell) * COLUMNS + Math.min(COLUMNS - 1, Math.floor(offsetX / cell)));
      }}
    />
  );
}
