/** What the lab must find on every kernel; guests run these too. */
import { beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE, PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { MethodReport } from '#shared/methods/methods.ts';
import { runProbe } from '../../native/probe/probe.ts';
import { runLab } from '../run-lab.ts';

/** `bytes`: of each case's memory, whole huge pages. */
export function labCases(bytes = 2 ** 22): void {
  const pages = bytes / PAGE_SIZE;
  describe('tracking methods, side by side', () => {
    let report: MethodReport;
    beforeAll(async () => {
      report = await runLab({ bytes, percents: [1, 50, 100], threads: [1, 2], budgetMs: 5 });
    });
    const rowsOf = (method: string) => report.rows.filter((row) => row.method === method);

    it('are available where the probe finds what they need', () => {
      const available = Object.fromEntries(
        report.methods.map(({ method, reason }) => [method, reason === null]),
      );
      const { backends } = runProbe();
      const works = (id: string) => backends.find((backend) => backend.id === id)?.available ?? false;
      expect(available).toMatchObject({
        'soft-dirty': works('soft-dirty'),
        'wp-async': works('write-protect'),
        mprotect: true,
        compare: true,
      });
      for (const { reason } of report.methods) if (reason !== null) expect(reason).toMatch(/\w.*\.$/);
    });

    it('find every written page in every round, in every case', () => {
      for (const { method, reason } of report.methods) {
        const rows = rowsOf(method);
        expect([method, rows.length]).toEqual([method, reason === null ? 12 : 0]);
        for (const row of rows) expect(row).toMatchObject({ method, missed: 0 });
      }
      expect(report.rows.map(({ written }) => written)).toEqual(
        report.rows.map(({ percent }) => Math.floor((pages * percent) / 100)),
      );
    });

    it('report nothing else, except soft-dirty bits, which are one a huge page', () => {
      for (const row of report.rows) {
        if (row.method === 'soft-dirty' && row.hugeBefore > 0) {
          // Where the machine gave fewer huge pages, only those count as a whole.
          if (row.hugeBefore * PAGES_PER_TILE === pages) expect(row.extra).toBe(pages - row.written);
        } else expect(row).toMatchObject({ method: row.method, extra: 0 });
      }
    });

    it('take an atomic step only with PAGEMAP_SCAN, and split huge pages where they protect single pages', () => {
      for (const row of report.rows) {
        expect([row.method, row.takeNs !== null]).toEqual([row.method, row.method === 'wp-async']);
        if (row.hugeBefore === 0) continue;
        const keeps = row.method === 'compare' || row.method === 'soft-dirty';
        expect([row.method, row.hugeAfter]).toEqual([row.method, keeps ? row.hugeBefore : 0]);
      }
    });
  });
}
