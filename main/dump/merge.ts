import { randomUUID } from 'node:crypto';
import { createSeries, DumpWriter, removeEmptySeries } from './dump-writer.ts';
import type { DumpSeries } from './dump-series.ts';

/**
 * Writes the state at dump `number` as a full dump of its own to a new directory. Returns its folder and the bytes of contents; leaves
 * nothing behind if it fails.
 */
export function mergeDumps(
  series: DumpSeries,
  number: number,
  directory: string,
): { folder: string; bytes: number } {
  series.require(number);
  const made = createSeries(directory);
  const writer = new DumpWriter(directory, 1);
  try {
    const merged = series.forEachPage(number, (page, bytes) => writer.write(page, bytes));
    return writer.finish({ ...merged, series: randomUUID(), number: 1, kind: 'full' });
  } catch (cause) {
    writer.discard();
    if (made) removeEmptySeries(directory);
    throw cause;
  }
}
