import { useState } from 'react';
import { intervalNs } from '#shared/methods/costs.ts';
import type { MethodRow } from '#shared/methods/methods.ts';
import { Segmented } from '../../ui/fields.tsx';
import { plural } from '../../ui/format.ts';
import { BarChart } from './bar-chart.tsx';
import { ThreadChart } from './thread-chart.tsx';

const PAGES = [
  { value: 'small', label: '4 KiB pages' },
  { value: 'huge', label: '2 MiB pages' },
] as const;

/** The results so far, for one size of pages and one number of threads. */
export function MethodCharts({ rows }: { readonly rows: readonly MethodRow[] }) {
  const [pages, setPages] = useState<MethodRow['pages']>('small');
  const [threads, setThreads] = useState('1');
  const counts = [...new Set(rows.map((row) => row.threads))].sort((a, b) => a - b);
  const ofSize = rows.filter((row) => row.pages === pages);
  const shown = ofSize.filter((row) => row.threads === Number(threads));
  return (
    <div className="methods__charts">
      <div className="methods__choices">
        <Segmented label="Size of pages" value={pages} choices={PAGES} onChange={setPages} />
        <Segmented
          label="Threads"
          value={threads}
          choices={counts.map((count) => ({
            value: String(count),
            label: plural(count, 'thread'),
          }))}
          onChange={setThreads}
        />
        <span className="faint">Logarithmic scales; medians; shorter is faster.</span>
      </div>
      <div className="methods__grid">
        <BarChart
          title="An interval"
          hint="Every first write, one scan and one re-arm."
          rows={shown}
          value={intervalNs}
        />
        <BarChart
          title="First write to a page"
          hint="The cost to the writing thread."
          rows={shown}
          value={(row) => row.firstNs}
        />
        <BarChart
          title="Scan"
          hint="Listing the written pages of all memory."
          rows={shown}
          value={(row) => row.scanNs}
        />
        <BarChart
          title="Re-arm"
          hint="The time until the next first write is noticed again."
          rows={shown}
          value={(row) => row.armNs}
        />
      </div>
      <ThreadChart rows={ofSize.filter(({ percent }) => percent === 10)} />
    </div>
  );
}
