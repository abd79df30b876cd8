/** Write watches over a real program, with every backend that this kernel has; guests run the cases with soft-dirty. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { randomBelow } from '#shared/testing/random.ts';
import { NativeSource } from '../native/native-source.ts';
import { type BuiltScripts, buildScripts } from '../native/testing/built-scripts.ts';
import { Target } from '../native/testing/target.ts';
import { nativeProgram } from './testing/watched-program.ts';
import { writeWatchCases } from './testing/write-watch-cases.ts';
import { MEM, PAGE, WRITE_WATCH_FLAG_RESET } from './windows.ts';

const WRITES = 1_000_000;
const PAGES = 1024;
const PAGES_A_ROUND = 500;

let scripts: BuiltScripts;
const running: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});
afterAll(async () => {
  for (const end of running.splice(0).reverse()) await end();
});

async function start(
  backend: 'write-protect' | 'compare',
): Promise<{ target: Target; source: NativeSource }> {
  const target = await Target.start(scripts.path('test-target'));
  running.push(() => target.kill());
  const source = await NativeSource.attach(target.pid, { backend });
  running.push(() => source.close());
  return { target, source };
}

for (const backend of ['write-protect', 'compare'] as const) {
  // One program for all cases, each of which has its own allocations.
  let started: Promise<{ target: Target; source: NativeSource }> | undefined;
  writeWatchCases(`a real program, by ${backend}`, async () => {
    const { target, source } = await (started ??= start(backend));
    return nativeProgram(target, source);
  });
}

describe('GetWriteWatch with reset of a real program', () => {
  it('returns exactly what was written since the call before, a million writes long', async () => {
    const { target, source } = await start('write-protect');
    const { memory, watches, write } = nativeProgram(target, source);
    const size = BigInt(PAGES * PAGE_SIZE);
    const reply = await memory.allocate(size, MEM.RESERVE | MEM.COMMIT | MEM.WRITE_WATCH, PAGE.READWRITE);
    if ('error' in reply) throw new Error(reply.error);
    const { base } = reply;
    const first = pageOfAddress(base);
    const random = randomBelow(7);
    const request = {
      flags: WRITE_WATCH_FLAG_RESET,
      base,
      size,
      addresses: true,
      count: PAGES,
      granularity: true,
    };
    let wrong = 0;
    for (let written = 0; written < WRITES; written += PAGES_A_ROUND) {
      const pages = Array.from({ length: PAGES_A_ROUND }, () => first + random(PAGES));
      await write(...pages);
      const { addresses } = await watches.get(request);
      const expected = [...new Set(pages)].sort((a, b) => a - b);
      if (addresses.map(pageOfAddress).join() !== expected.join()) wrong++;
    }
    expect(wrong).toBe(0);
  });
});
