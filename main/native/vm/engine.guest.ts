/**
 * The simulated engine against its kernel: the same random steps on both, and after each the same
 * result and the same page map, and periodically the same VMAs.
 */
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { addressOfPage, PAGE_SIZE } from '#shared/memory/page.ts';
import { DEFAULT_MACHINE, type Step } from '../../scenarios/steps.ts';
import { createExecutor } from '../../simulated/steps/execute-step.ts';
import { seeded } from '../../simulated/testing/random-steps.ts';
import { KernelExecutor } from './kernel-executor.ts';

const ARENA = { start: 2 ** 20, end: 2 ** 20 + 2048 };
const STEPS = 50;
/** smaps is long. */
const VMAS_EVERY = 10;
const SMALL_SEEDS = 16;
const LARGE_SEEDS = 8;

/** Positions of random ranges, in pages from the arena's start. */
interface Ranges {
  page(random: () => number): number;
  pages(random: () => number): number;
}

const below = (random: () => number, end: number) => Math.floor(random() * end);

/** A few dozen pages beside each other across a page table's end, and as many in the next one. */
const SMALL: Ranges = {
  page: (random) => (random() < 0.8 ? 500 : 1020) + below(random, 24),
  pages: (random) => 1 + below(random, 10),
};
/** Whole page tables, and parts of them. */
const LARGE: Ranges = {
  page: (random) => 512 * below(random, 3) + (random() < 0.7 ? 0 : below(random, 500)),
  pages: (random) => (random() < 0.6 ? 512 : 1 + below(random, 40)),
};

const ADVICE = ['dontneed', 'dontneed', 'free', 'populate_read', 'populate_write', 'nohugepage'] as const;
const HUGE_ADVICE = ['dontneed', 'populate_write', 'hugepage', 'hugepage', 'collapse', 'nohugepage'] as const;

/** Steps that a process can take by itself. */
function steps(seed: number, ranges: Ranges): Step[] {
  const huge = ranges === LARGE;
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[below(random, from.length)];
  const bytes = (pages: number) => BigInt(pages * PAGE_SIZE);
  const address = () => addressOfPage(ARENA.start + ranges.page(random));
  const length = () => bytes(ranges.pages(random));
  const range = () => ({ addr: address(), len: length() });
  const prot = () => pick(['rw', 'rw', 'rw', 'r', 'none'] as const);
  const kind = () =>
    huge
      ? 'anon-private'
      : pick(['anon-private', 'anon-private', 'anon-shared', 'file-private', 'file-shared'] as const);
  const advice = () => pick(huge ? HUGE_ADVICE : ADVICE);
  const makers: readonly (readonly [number, () => Step])[] = [
    [14, () => ({ op: 'mmap', ...range(), prot: prot(), kind: kind() })],
    [4, () => ({ op: 'mmap', ...range(), prot: prot(), kind: kind(), place: 'fixed' })],
    [6, () => ({ op: 'munmap', ...range() })],
    [12, () => ({ op: 'mprotect', ...range(), prot: prot() })],
    [4, () => ({ op: 'mremap', ...range(), newLen: length() })],
    [8, () => ({ op: 'mremap', ...range(), newLen: length(), newAddr: address() })],
    [16, () => ({ op: 'madvise', ...range(), advice: advice() })],
    [24, () => ({ op: 'write', ...range() })],
    [14, () => ({ op: 'read', ...range() })],
    [8, () => ({ op: 'clear_refs' })],
  ];
  const total = makers.reduce((sum, [weight]) => sum + weight, 0);
  const whole = { addr: addressOfPage(ARENA.start), len: bytes(1536) };
  return [
    { op: 'mmap', ...whole, prot: 'rw', kind: 'anon-private' },
    ...(huge
      ? [{ op: 'madvise', ...whole, advice: 'hugepage' } as const]
      : [{ op: 'munmap', ...whole, len: bytes(490) } as const]),
    ...Array.from({ length: STEPS }, () => {
      let at = random() * total;
      const maker = makers.find(([weight]) => (at -= weight) < 0) ?? makers[0];
      return maker[1]();
    }),
  ];
}

const printable = (step: Step) =>
  JSON.stringify(step, (_, value: unknown) =>
    typeof value === 'bigint' ? `0x${value.toString(16)}` : value,
  );

/** Runs the steps of `seed` on both; returns how often the kernel was seen to have huge pages. */
function agree(seed: number, ranges: Ranges): number {
  const arena = { start: addressOfPage(ARENA.start), pages: ARENA.end - ARENA.start };
  const readPagemap: Step = { op: 'pagemap', addr: arena.start, len: BigInt(arena.pages * PAGE_SIZE) };
  const engine = createExecutor({ ...DEFAULT_MACHINE, swap: false, arena });
  const kernel = new KernelExecutor(ARENA);
  const done: string[] = [];
  let huge = 0;
  try {
    const compare = (step: Step) => {
      const [simulated, real] = [engine.execute(step), kernel.execute(step)];
      // An expectation takes longer than the step, so there is one only for its message.
      if (isDeepStrictEqual(simulated, real)) return real;
      const what = { seed, done, step: printable(step) };
      expect({ ...what, result: simulated }).toEqual({ ...what, result: real });
      return real;
    };
    for (const step of steps(seed, ranges)) {
      compare(step);
      done.push(printable(step));
      compare(readPagemap);
      if (done.length % VMAS_EVERY !== 0) continue;
      const seen = compare({ op: 'vmas' });
      huge += Number('vmas' in seen && seen.vmas.some(({ anonHugeKb }) => anonHugeKb > 0));
    }
    return huge;
  } finally {
    kernel.close();
  }
}

describe('the simulated engine and the kernel', () => {
  beforeAll(() => {
    // Huge pages must be made on request only.
    writeFileSync('/sys/kernel/mm/transparent_hugepage/defrag', 'always');
    writeFileSync('/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs', '4000000000');
  });

  it(`agree on ${SMALL_SEEDS} times ${STEPS} random steps`, () => {
    for (let seed = 1; seed <= SMALL_SEEDS; seed++) agree(seed, SMALL);
  });

  it(`agree on ${LARGE_SEEDS} times ${STEPS} random steps with huge pages`, () => {
    let huge = 0;
    for (let seed = 1; seed <= LARGE_SEEDS; seed++) huge += agree(seed, LARGE);
    expect(huge).toBeGreaterThan(LARGE_SEEDS / 2);
  });
});
