import { describe, expect, it } from 'vitest';
import { createExecutor } from '../simulated/steps/execute-step.ts';
import { DEFAULT_MACHINE, type IoctlCommand, type Step } from './steps.ts';

const ROUNDS = 10_000;
const START = 0x100000000n;
const TILE = 0x200000n;

/** A machine with one mapping of `len` bytes, touched where it is to be a huge page. */
function mapped(len: bigint, huge: boolean) {
  const executor = createExecutor(DEFAULT_MACHINE);
  const steps: Step[] = [{ op: 'mmap', addr: START, len, prot: 'rw', kind: 'anon-private' }];
  if (huge)
    steps.push(
      { op: 'madvise', addr: START, len, advice: 'hugepage' },
      { op: 'write', addr: START, len: 1n },
    );
  for (const step of steps) expect(executor.execute(step)).toHaveProperty('ret');
  return {
    run: (step: Step) => executor.execute(step),
    /** Pages that the operation reports in the first `pages` pages. */
    ioctl(cmd: IoctlCommand, pages: number): unknown {
      const result = executor.execute({
        ...{ op: 'ioctl', cmd, start: START, len: BigInt(pages) * 4096n, vecLen: pages, flags: 0 },
      });
      return 'ret' in result ? result.ret : result;
    },
    softDirty(): unknown {
      const result = executor.execute({ op: 'pagemap', addr: START, len: 4096n });
      return 'runs' in result ? result.runs[0]?.softDirty : result;
    },
  };
}

describe('rounds of clearing and writing', () => {
  it('T26: 10,000 × {GET = 0; clear_refs; write; GET = 1; CLEAR}', () => {
    const { run, ioctl } = mapped(4096n, false);
    ioctl('CLEAR', 1);
    for (let round = 0; round < ROUNDS; round++) {
      const before = ioctl('GET', 1);
      run({ op: 'clear_refs' });
      run({ op: 'write', addr: START, len: 1n });
      const after = ioctl('GET', 1);
      if (before !== 0 || after !== 1)
        expect.fail(`round ${round}: ${String(before)}, then ${String(after)}`);
      ioctl('CLEAR', 1);
    }
  });

  it.each([
    ['T34: one page', 4096n, false],
    ['T38: a huge page', TILE, true],
  ] as const)('%s, 10,000 × {0; clear_refs; write; 1}', (_, len, huge) => {
    const { run, softDirty } = mapped(len, huge);
    for (let round = 0; round < ROUNDS; round++) {
      run({ op: 'clear_refs' });
      const before = softDirty();
      run({ op: 'write', addr: START, len: 1n });
      const after = softDirty();
      if (before !== false || after !== true)
        expect.fail(`round ${round}: ${String(before)}, then ${String(after)}`);
    }
    expect(run({ op: 'hugepages' })).toMatchObject({ huge: huge ? [{ writable: true }] : [] });
  });
});
