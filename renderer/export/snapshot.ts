import { formatPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { MAX_SNAPSHOT_PAGES, type Snapshot } from '#shared/source/snapshot.ts';
import { exportFile, type ExportHost } from './export-file.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { EngineLink } from '../engine/engine-link.ts';
import type { SelectionStore } from '../stores/selection-store.ts';
import type { SessionStore } from '../stores/session-store.ts';

interface SnapshotHost extends ExportHost {
  readonly link: EngineLink;
  readonly selection: StoreApi<SelectionStore>;
}

/** Whether the selected pages can be read in one stop of the program. */
export function canSnapshot(session: StoreApi<SessionStore>, selection: StoreApi<SelectionStore>): boolean {
  const { state } = session.getState();
  const { range } = selection.getState();
  if (!state?.source?.capabilities.snapshot || state.ended !== null || range === null) return false;
  return range.end - range.start <= MAX_SNAPSHOT_PAGES;
}

/** Reads the selected pages while the program is stopped, and saves their contents, page after page. */
export async function saveSnapshot(host: SnapshotHost): Promise<void> {
  const { range } = host.selection.getState();
  if (range === null) return;
  let summary = '';
  const pages = range.end - range.start;
  await exportFile(
    host,
    'bin',
    `snapshot ${formatPage(range.start)}`,
    async () => {
      const snapshot = await host.link.call('snapshot.take', { start: range.start, pages });
      summary = describeSnapshot(snapshot);
      return snapshot.bytes;
    },
    () => summary,
  );
}

/** What was taken: how much, what of it counts as written, for how long the program was stopped. */
export function describeSnapshot({ pages, read, planes, threads, stoppedNs }: Snapshot): string {
  const count = (runs: Float64Array = new Float64Array()): number =>
    runs.reduce((sum, value, i) => (i % 2 === 1 ? sum + value : sum), 0);
  const written = count(planes.find(({ plane }) => plane === Plane.Written)?.runs);
  const stop =
    threads === 0
      ? 'the program was stopped already'
      : `the program was stopped for ${(stoppedNs / 1e6).toFixed(2)} ms`;
  return `${count(read)} of ${pages} ${pages === 1 ? 'page' : 'pages'} read, ${written} written; ${stop}.`;
}
