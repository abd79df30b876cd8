import { describe, expect, it } from 'vitest';
import { claimsOf, intervalNs, ratioTo, referenceOf } from './costs.ts';
import { LAB_SIZE, type MethodId, type MethodReport, type MethodRow } from './methods.ts';

const row = (method: MethodId, changes: Partial<MethodRow> = {}): MethodRow => ({
  ...{ method, pages: 'small', percent: 1, threads: 1, rounds: 3, written: 10, missed: 0, extra: 0 },
  ...{ firstNs: 100, plainNs: 1, scanNs: 50, armNs: 150, takeNs: null, hugeBefore: 0, hugeAfter: 0 },
  ...changes,
});
const report = (rows: readonly MethodRow[], missing: readonly MethodId[] = []): MethodReport => ({
  kernel: '6.18',
  processors: 2,
  size: LAB_SIZE,
  methods: [...new Set([...rows.map(({ method }) => method), ...missing])].map((method) => ({
    method,
    reason: missing.includes(method) ? 'missing' : null,
  })),
  rows: [...rows],
  tookMs: 1,
});

describe('costs of an interval', () => {
  it('are all first writes, a scan and a re-arm, or the atomic step', () => {
    expect(intervalNs(row('mprotect'))).toBe(1200);
    expect(intervalNs(row('wp-async', { takeNs: 100 }))).toBe(1100);
  });

  it('are compared in the same case only', () => {
    const rows = [row('wp-async', { takeNs: 200 }), row('mprotect', { firstNs: 460 })];
    expect(ratioTo(rows, rows[1], 'wp-async')).toBe(4);
    expect(ratioTo(rows, row('mprotect', { threads: 2 }), 'wp-async')).toBeNull();
  });

  it('support the claim case by case, and name the cases that do not', () => {
    const cheap = row('wp-async', { takeNs: 200 });
    const found = claimsOf(
      report([
        cheap,
        { ...cheap, threads: 2 },
        { ...cheap, threads: 4 },
        row('mprotect', { firstNs: 460 }),
        row('mprotect', { firstNs: 30, scanNs: 50, armNs: 250, threads: 2 }),
        row('mprotect', { firstNs: 220, threads: 4 }),
      ]),
    );
    expect(found).toEqual([
      { method: 'mprotect', reference: 'wp-async', cases: 3, faster: 2, min: 0.5, median: 2, max: 4 },
    ]);
  });

  it('are compared with soft-dirty if PAGEMAP_SCAN does not exist, and with nothing if neither does', () => {
    expect(referenceOf(report([row('soft-dirty')], ['wp-async']))).toBe('soft-dirty');
    const neither = report([row('mprotect')], ['wp-async', 'soft-dirty']);
    expect([referenceOf(neither), claimsOf(neither)]).toEqual([null, []]);
  });
});
