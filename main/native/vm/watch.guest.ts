/** `soft-dirty watch --freeze`: soft-dirty made exact by stopping, with the whole command line on top. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Target } from '../testing/target.ts';
import { WatchRun } from './watch-run.ts';

describe('soft-dirty watch --backend soft-dirty', () => {
  for (const [flags, atomic] of [
    [['--freeze'], true],
    [[], false],
  ] as const) {
    it(`${flags.join()} reports writes, and that it is ${atomic ? 'exact' : 'not exact'}`, async () => {
      const target = await Target.start(join(import.meta.dirname, 'test-target.js'));
      try {
        const first = await target.map(200);
        await target.fill(first, 200);
        const range = ['--start', String(first * PAGE_SIZE), '--len', String(200 * PAGE_SIZE)];
        const options = ['--pid', String(target.pid), '--backend', 'soft-dirty', ...flags, ...range];
        const watch = new WatchRun([...options, '--hz', '10']);
        await watch.attached();
        for (const pages of [[first + 3, first + 100], [first + 199]]) {
          await target.write(...pages);
          if (atomic) await watch.reported(pages);
          // A write between reading and clearing is lost if the program is not stopped: then it writes again.
          else
            for (let i = 0; i < 20 && !(await watch.reported(pages, 2000)); i++) await target.write(...pages);
        }
        expect([await watch.interrupt(), watch.error]).toEqual([0, '']);
        const { lines, pages } = watch;
        expect(lines[0]).toEqual({
          event: 'attached',
          pid: target.pid,
          backend: 'soft-dirty',
          atomic,
          exceptions: [],
        });
        expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'interrupt' });
        expect(pages.map((page) => page - first)).toEqual([3, 100, 199]);
      } finally {
        await target.kill();
      }
    });
  }
});
