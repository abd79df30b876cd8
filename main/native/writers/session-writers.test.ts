/** Writers inside a session: a source that is sampled reports exactly the same with them, and each of its pages has a writer. */
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from '../native-source.ts';
import { build } from '../testing/built-program.ts';
import { type Compiled, Conversation } from '../testing/c-program.ts';
import type { FirstWrite } from './tracer.ts';

const PAGES = 64;
let compiled: Compiled;
let program: Conversation;
beforeAll(() => {
  compiled = build('c++', 'main/native/writers/testing/known-writers.cc', '-g', '-O2', '-pthread');
});
afterAll(() => compiled.remove());
afterEach(() => program.kill());

describe('NativeSource.writerSampling', () => {
  it('has one writer for each page that a sample reports, and none for others', async () => {
    program = new Conversation(compiled.path);
    const [base, ...tids] = (await program.line()).split(' ').map(Number);
    const first = base / 4096;
    const ranges = [{ start: first, end: first + PAGES }];
    const source = await NativeSource.attach(program.pid, { backend: 'write-protect', exact: true });
    try {
      let writes: FirstWrite[] = [];
      source.writerSampling.watch({ ranges, stacks: false, onWrites: (found) => void writes.push(...found) });
      const tiles = new TileSet();
      const sample = async () => {
        tiles.clear();
        writes = [];
        await source.sample({ mode: 'interval', tiles, state: false });
        return Array.from({ length: PAGES }, (_, i) => first + i).filter((page) =>
          tiles.test(Plane.Written, page),
        );
      };
      await sample();
      // Nothing writes during these samples: each interval is exactly one run.
      for (let round = 0; round < 30; round++) {
        await program.ask('run 1');
        const written = await sample();
        expect(written).toHaveLength(PAGES);
        expect(writes.map(({ address }) => Number(address / 4096n)).sort((a, b) => a - b)).toEqual(written);
        for (const { address, tid } of writes) expect(tid).toBe(tids[(Number(address / 4096n) - first) % 4]);
        expect(await sample()).toEqual([]);
        expect(writes).toEqual([]);
      }
      // Samples at any time: what is reported with writers is all that is written, and nothing is lost.
      const done = program.ask('run 2000');
      let over = false;
      void done.then(() => (over = true));
      let [reported, attributed] = [0, 0];
      while (!over) {
        // Lets the reply arrive.
        await setImmediate();
        reported += (await sample()).length;
        attributed += writes.length;
        for (const { address, tid } of writes) expect(tid).toBe(tids[(Number(address / 4096n) - first) % 4]);
      }
      expect(reported).toBeGreaterThan(PAGES);
      expect(attributed).toBe(reported);
      expect(source.writerSampling.lost).toBe(0);
      source.writerSampling.watch(null);
      await program.ask('run 1');
      expect(await sample()).not.toContain(first - 1);
      expect(writes).toEqual([]);
    } finally {
      await source.close();
    }
  });
});
