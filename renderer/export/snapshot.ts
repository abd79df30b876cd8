import { formatPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { MAX_SNAPSHOT_PAGES, type Snapshot } from '#shared/source/snapshot.ts';
import { exportFile } from './export-file.ts';
import type { Inspector } from '../model/app-model.ts';

/** Whether the chosen pages can be taken as one exact moment. */
export function canSnapshot({ session, selection }: Inspector): boolean {
  const { state } = session.getState();
  const { range } = selection.getState();
  if (!state?.source?.capabilities.snapshot || state.ended !== null || range === null) return false;
  return range.end - range.start <= MAX_SNAPSHOT_PAGES;
}

/** Takes the chosen pages while the program stands still, and saves what is in them, page after page. */
export async function saveSnapshot(inspector: Inspector): Promise<void> {
  const { range } = inspector.selection.getState();
  if (range === null) return;
  let told = '';
  const pages = range.end - range.start;
  await exportFile(
    inspector,
    'bin',
    `snapshot ${formatPage(range.start)}`,
    async () => {
      const snapshot = await inspector.link.call('snapshot.take', { start: range.start, pages });
      told = inWords(snapshot);
      return snapshot.bytes;
    },
    () => told,
  );
}

/** What was taken: how much, what of it counts as written, for how long the program stood still. */
export function inWords({ pages, read, planes, threads, stoppedNs }: Snapshot): string {
  const count = (runs: Float64Array = new Float64Array()): number =>
    runs.reduce((sum, value, i) => (i % 2 === 1 ? sum + value : sum), 0);
  const written = count(planes.find(({ plane }) => plane === Plane.Written)?.runs);
  const stood =
    threads === 0
      ? 'the program was held already'
      : `the program stood still for ${(stoppedNs / 1e6).toFixed(2)} ms`;
  return `${count(read)} of ${pages} pages read, ${written} written; ${stood}.`;
}
