/** `soft-dirty watch --freeze`: soft-dirty made exact by stopping, with the whole command line on top. */
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { runProgram } from '../../cli/program.ts';
import { pagesReported, parseLines } from '../../cli/testing/run-cli.ts';
import { Target } from '../testing/target.ts';

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
        const stream = new PassThrough();
        let out = '';
        let error = '';
        stream.setEncoding('utf8').on('data', (text: string) => (out += text));
        const range = ['--start', String(first * PAGE_SIZE), '--len', String(200 * PAGE_SIZE)];
        const options = ['--pid', String(target.pid), '--backend', 'soft-dirty', ...flags, ...range];
        const watching = runProgram(['watch', ...options, '--json', '--hz', '10', '--duration', '3'], {
          out: () => undefined,
          error: (text) => (error += text),
          stream,
        });
        let ended = false;
        void watching.finally(() => (ended = true));
        while (!out.includes('attached') && !ended) await new Promise((resolve) => setTimeout(resolve, 20));
        await target.write(first + 3, first + 100);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await target.write(first + 199);
        expect([await watching, error]).toEqual([0, '']);
        const lines = parseLines(out);
        expect(lines[0]).toEqual({
          event: 'attached',
          pid: target.pid,
          backend: 'soft-dirty',
          atomic,
          exceptions: [],
        });
        expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'duration' });
        expect(pagesReported(lines).map((page) => page - first)).toEqual([3, 100, 199]);
      } finally {
        await target.kill();
      }
    });
  }
});
