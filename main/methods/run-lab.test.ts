/** The lab's real program: what it finds is checked by itself against what it wrote, in every round. */
import { describe, expect, it } from 'vitest';
import { METHOD_IDS, type MethodProgress } from '#shared/methods/methods.ts';
import { claimsOf } from '#shared/methods/costs.ts';
import { labCases } from './testing/lab-cases.ts';
import { runLab } from './run-lab.ts';

const SIZE = { bytes: 2 ** 22, percents: [1, 100], threads: [1, 3], budgetMs: 5 };

labCases();

describe('the lab', () => {
  it('reports every tracking method in order, while it runs and at the end', async () => {
    const seen: MethodProgress[] = [];
    const report = await runLab(SIZE, (progress) => seen.push(progress));
    expect(report.methods.map(({ method }) => method)).toEqual(METHOD_IDS);
    expect(seen.flatMap((one) => (one.kind === 'row' ? [one.row] : []))).toEqual(report.rows);
    expect(seen.flatMap((one) => (one.kind === 'method' ? [one.state] : []))).toEqual(report.methods);
    for (const { reference, cases } of claimsOf(report)) expect([reference, cases]).toEqual(['wp-async', 8]);
  });

  it('ends at once when it is aborted, without a process left', async () => {
    const controller = new AbortController();
    const running = runLab(
      { ...SIZE, budgetMs: 10_000 },
      (progress) => {
        if (progress.kind === 'method' && progress.state.reason === null)
          controller.abort(new Error('enough'));
      },
      controller.signal,
    );
    await expect(running).rejects.toThrow('enough');
  });
});
