import type { WalkStep } from '../events/events.ts';
import { Directory } from './page-table.ts';
import type { SimulatedProcess } from '../process.ts';
import { GUARD, PRESENT, SWAP, UFFD_WP, type Tile } from './tile.ts';

/** The levels that a walk for `page` reads, top first, down to the entry that ends it. */
export function walkSteps(process: SimulatedProcess, page: number): WalkStep[] {
  const steps: WalkStep[] = [];
  for (let table: Directory | Tile | null = process.table.root; table instanceof Directory;) {
    const index: number = Math.floor((page - table.base) / table.span);
    const child: Directory | Tile | null = table.children[index];
    const level = table.level;
    if (child === null) steps.push({ level, index, found: 'none' });
    else if (child instanceof Directory || child.huge === 0) steps.push({ level, index, found: 'table' });
    else steps.push({ level, index, found: 'huge-page' });
    if (child !== null && !(child instanceof Directory) && child.huge === 0)
      steps.push(lastStep(child, page));
    table = child;
  }
  return steps;
}

function lastStep(tile: Tile, page: number): WalkStep {
  const index = page - tile.base;
  const flags = tile.entry(index);
  if ((flags & PRESENT) !== 0) return { level: 1, index, found: 'page' };
  if ((flags & SWAP) !== 0) return { level: 1, index, found: 'swap' };
  return { level: 1, index, found: (flags & (GUARD | UFFD_WP)) !== 0 ? 'marker' : 'none' };
}
