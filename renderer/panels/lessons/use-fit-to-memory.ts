import { useEffect } from 'react';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { useVmaSums } from '../../model/context.ts';

/** Memory of up to this many pages is shown as one picture. */
const MAX_PAGES = 2048;

/** Brings the lesson's memory into view when it is mapped, unmapped or moved: it is a few pages of a wide row. */
export function useFitToMemory(): void {
  const map = useMap();
  const range = useVmaSums(({ vmas }) => rangeKey(vmas));
  useEffect(() => {
    const [start, end] = range.split(' ').map(Number);
    if (start !== undefined && end !== undefined) map.camera.frameRange({ start, end });
  }, [map, range]);
}

/** `START END` of what is framed, in pages; empty without a mapping. */
function rangeKey(vmas: readonly Vma[]): string {
  const framed = framedRange(vmas);
  return framed === null ? '' : `${framed.start} ${framed.end}`;
}

/** All mappings that follow the first one within MAX_PAGES, or the first alone if it is larger. */
export function framedRange(vmas: readonly Vma[]): PageRange | null {
  const first = vmas[0];
  if (first === undefined) return null;
  let { end } = first;
  for (const vma of vmas) if (vma.end - first.start <= MAX_PAGES) ({ end } = vma);
  return { start: first.start, end };
}
