import { type KeyboardEvent, type PointerEvent, useState } from 'react';

interface SplitterProps {
  readonly label: string;
  /** Size in pixels of the panel that it changes. */
  readonly size: number;
  readonly min: number;
  readonly max: number;
  /** Whether that panel lies at its left (grows to the right) or at its right. */
  readonly side: 'left' | 'right';
  readonly onChange: (size: number) => void;
}

const KEY_STEP = 16;

/** The line between two panels: dragged, or moved with the arrow keys. */
export function Splitter({ label, size, min, max, side, onChange }: SplitterProps) {
  const [dragging, setDragging] = useState<{ readonly x: number; readonly size: number } | null>(null);
  const sign = side === 'left' ? 1 : -1;
  const change = (next: number): void => onChange(Math.min(max, Math.max(min, Math.round(next))));
  const onPointerMove = (event: PointerEvent): void => {
    if (dragging) change(dragging.size + sign * (event.clientX - dragging.x));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (steps === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    change(size + sign * steps * KEY_STEP);
  };
  return (
    <div
      className="splitter"
      role="separator"
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      data-dragging={dragging ? true : undefined}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging({ x: event.clientX, size });
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => setDragging(null)}
      onPointerCancel={() => setDragging(null)}
      onKeyDown={onKeyDown}
    />
  );
}
