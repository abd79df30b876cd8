import { type KeyboardEvent, type PointerEvent, useState } from 'react';

interface SplitterProps {
  readonly label: string;
  /** Size in pixels of the panel that it changes. */
  readonly size: number;
  readonly min: number;
  readonly max: number;
  /** Position of that panel relative to the line. */
  readonly side: 'left' | 'right' | 'above' | 'below';
  readonly onChange: (size: number) => void;
  /** Closes the panel: Enter, or a double click. */
  readonly onCollapse?: () => void;
  /** Id of the panel that it changes. */
  readonly controls?: string;
}

const KEY_STEP = 16;

/** The line between two panels: dragged, or moved with the arrow keys, Home and End. */
export function Splitter(props: SplitterProps) {
  const { label, size, min, max, side, onChange, onCollapse, controls } = props;
  const [dragging, setDragging] = useState<{ readonly at: number; readonly size: number } | null>(null);
  const upright = side === 'left' || side === 'right';
  const sign = side === 'left' || side === 'above' ? 1 : -1;
  const change = (next: number): void => onChange(Math.min(max, Math.max(min, Math.round(next))));
  const place = (event: PointerEvent): number => (upright ? event.clientX : event.clientY);
  const onKeyDown = (event: KeyboardEvent): void => {
    const [back, forth] = upright ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
    if (event.key === back) change(size - sign * KEY_STEP);
    else if (event.key === forth) change(size + sign * KEY_STEP);
    else if (event.key === 'Home') change(min);
    else if (event.key === 'End') change(max);
    else if (event.key === 'Enter' && onCollapse) onCollapse();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className={`splitter ${upright ? 'splitter--upright' : 'splitter--flat'}`}
      role="separator"
      aria-label={label}
      aria-orientation={upright ? 'vertical' : 'horizontal'}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      {...(controls ? { 'aria-controls': controls } : {})}
      tabIndex={0}
      data-dragging={dragging ? true : undefined}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging({ at: place(event), size });
      }}
      onPointerMove={(event) => {
        if (dragging) change(dragging.size + sign * (place(event) - dragging.at));
      }}
      onPointerUp={() => setDragging(null)}
      onPointerCancel={() => setDragging(null)}
      onDoubleClick={onCollapse}
      onKeyDown={onKeyDown}
    />
  );
}
