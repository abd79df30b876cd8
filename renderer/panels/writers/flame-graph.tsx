import { type KeyboardEvent, useRef, useState } from 'react';
import { formatCount, plural } from '../../ui/format.ts';
import type { FlameBox } from './flame-tree.ts';

/** Height of a box in pixels. */
const ROW = 20;
/** Narrower boxes are left out, in pixels. */
const MIN_WIDTH = 2;
const HUES = 12;

interface FlameGraphProps {
  /** The root first. */
  readonly boxes: readonly FlameBox[];
  /** In pixels. */
  readonly width: number;
}

/** Callers above what they call, as wide as their writes. Enter or a click zooms to a box; on the root it shows all. */
export function FlameGraph({ boxes, width }: FlameGraphProps) {
  const [zoomed, setZoomed] = useState('');
  const [active, setActive] = useState('');
  const tree = useRef<HTMLDivElement>(null);
  const [root] = boxes;
  if (root === undefined) return null;
  // The box that was zoomed to may no longer exist.
  const base = boxes.find(({ path }) => path === zoomed) ?? root;
  const scale = width / (base.to - base.from);
  const shown = boxes
    .filter(({ from, to }) => from < base.to && to > base.from && (to - from) * scale >= MIN_WIDTH)
    .map((box) => ({ ...box, from: Math.max(box.from, base.from), to: Math.min(box.to, base.to) }));
  const current = shown.find(({ path }) => path === active) ?? shown[0];
  const focus = (box: FlameBox | undefined): void => {
    if (box === undefined) return;
    setActive(box.path);
    const index = shown.findIndex(({ path }) => path === box.path);
    tree.current?.querySelectorAll<HTMLElement>('[role="treeitem"]')[index]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (current === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    const siblings = shown.filter(({ depth }) => depth === current.depth);
    const at = siblings.indexOf(current);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowUp: () => focus(shown.find(({ path }) => path === current.parent)),
      ArrowDown: () => focus(shown.find(({ parent }) => parent === current.path)),
      ArrowLeft: () => focus(siblings[at - 1]),
      ArrowRight: () => focus(siblings[at + 1]),
      Home: () => focus(shown[0]),
      Enter: () => setZoomed(current.path),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    move();
    event.preventDefault();
    event.stopPropagation();
  };
  const depth = shown.reduce((most, box) => Math.max(most, box.depth), 0);
  return (
    <div
      ref={tree}
      className="flame"
      role="tree"
      tabIndex={-1}
      aria-label="Flame graph of writers"
      style={{ height: (depth + 1) * ROW }}
      onKeyDown={onKeyDown}
    >
      {shown.map((box) => {
        const share = `${((100 * box.writes) / Math.max(1, root.writes)).toFixed(1)} %`;
        const words = `${box.name}, ${plural(box.writes, 'write')}, ${share}`;
        return (
          <div
            key={box.path}
            role="treeitem"
            className="flame__box"
            tabIndex={box.path === current?.path ? 0 : -1}
            aria-level={box.depth + 1}
            aria-label={words}
            aria-selected={box.path === base.path}
            title={`${box.name}\n${box.detail}\n${formatCount(box.writes)} writes, ${share}`}
            data-hue={hueOf(box)}
            style={{
              left: (box.from - base.from) * scale,
              top: box.depth * ROW,
              width: (box.to - box.from) * scale - 1,
            }}
            onClick={() => {
              setActive(box.path);
              setZoomed(box.path);
            }}
          >
            {box.name}
          </div>
        );
      })}
    </div>
  );
}

/** The same name has the same colour; root and threads have none. */
function hueOf({ depth, name }: FlameBox): number | undefined {
  if (depth < 2) return undefined;
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0;
  return Math.abs(hash) % HUES;
}
