import { useEffect, useRef } from 'react';
import { cssOf, type Palette } from '../../heatmap/palette.ts';
import { Entry, type TableEntries } from './table-entries.ts';

const COLUMNS = 16;
const ROWS = 32;
const CELL = 7;

interface TablePictureProps {
  readonly table: TableEntries;
  readonly index: number;
  readonly palette: Palette;
  /** What is drawn, in words. */
  readonly label: string;
  readonly onChoose: (index: number) => void;
}

/** The 512 entries of one table as squares, row by row, the walk's own framed. */
export function TablePicture({ table, index, palette, label, onChoose }: TablePictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const ratio = Math.max(1, Math.round(window.devicePixelRatio * 2) / 2);
    element.width = COLUMNS * CELL * ratio;
    element.height = ROWS * CELL * ratio;
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
      const [x, y] = [(i % COLUMNS) * CELL, Math.floor(i / COLUMNS) * CELL];
      // What was written is full, what is only there is smaller: size tells it as well as colour does.
      const inset = entry === Entry.Written ? 0 : entry === Entry.Empty ? 1 : 1.5;
      context.fillRect(
        x + inset,
        y + inset,
        CELL - 1 - inset * 2 + (inset === 0 ? 0 : 1),
        CELL - 1 - inset * 2 + (inset === 0 ? 0 : 1),
      );
    });
    const style = getComputedStyle(element);
    context.strokeStyle = style.getPropertyValue('--accent');
    context.lineWidth = 2;
    context.strokeRect(
      (index % COLUMNS) * CELL - 1,
      Math.floor(index / COLUMNS) * CELL - 1,
      CELL + 1,
      CELL + 1,
    );
  }, [table, index, palette]);
  return (
    <canvas
      ref={canvas}
      className="table-picture"
      style={{ width: COLUMNS * CELL, height: ROWS * CELL }}
      role="img"
      aria-label={label}
      onClick={({ nativeEvent: { offsetX, offsetY } }) => {
        onChoose(Math.floor(offsetY / CELL) * COLUMNS + Math.min(COLUMNS - 1, Math.floor(offsetX / CELL)));
      }}
    />
  );
}
