import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from '../../native-source.ts';
import { Conversation } from '../../testing/c-program.ts';
import { CompiledProgram } from '../../testing/compiled.ts';

const HOT = 20_000;
const COLD = 4000;
/** Every such page is never written by the thread that writes the hot pages. */
const SKIPPED = 61;
const WRITES = Number(process.env['SINGLE_WRITES'] ?? 60);
const PERIOD_MS = 50;
const WARM_SAMPLES = 25;

let program: CompiledProgram;
beforeAll(() => {
  program = new CompiledProgram('tracking/hot/testing/single-writes.c');
});
afterAll(() => program.remove());

/** A small generator of whole numbers below `limit`, the same in every run. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

describe.each(['anon', 'huge', 'shared', 'file', 'heap'])(
  'single writes beside 20,000 hot pages, %s',
  (backing) => {
    it.each([
      ['by default', false],
      ['with --exact', true],
    ])('%s each is reported by the sample that follows it', async (_name, exact) => {
      const target = new Conversation(program.path, backing, String(HOT), String(COLD));
      const first = Number(await target.line());
      const source = await NativeSource.attach(target.pid, { backend: 'write-protect', exact });
      const tiles = new TileSet();
      let hotPages = 0;
      let samples = 0;
      let written = new Set<number>();
      const sample = async () => {
        tiles.clear();
        await source.sample({ mode: 'interval', tiles, state: samples++ % 8 === 0 });
        hotPages = Math.max(hotPages, tiles.count(Plane.Hot));
        for (const [from, to] of tiles.runs(Plane.Written)) {
          for (let page = Math.max(from, first); page < Math.min(to, first + HOT + COLD); page++)
            written.add(page);
        }
      };
      try {
        const below = numbers(7);
        // What is hot becomes known; with --exact nothing does, in time enough for it.
        for (let i = 0; i < WARM_SAMPLES || (!exact && hotPages === 0); i++) {
          await sleep(PERIOD_MS);
          await sample();
        }
        const ever = written;
        const wrong: string[] = [];
        for (let i = 0; i < WRITES; i++) {
          if (i % 40 === 39) await target.ask(`m ${below(HOT)}`);
          const page = Math.floor(below(HOT + COLD) / SKIPPED) * SKIPPED;
          const at = first + page;
          let [known, unknown] = [false, false];
          const sampleAndCheck = async () => {
            await sample();
            known ||= tiles.test(Plane.Written, at);
            unknown ||= tiles.test(Plane.Hot, at);
          };
          written = new Set();
          const done = target.ask(`w ${page}`);
          // In every other round the program writes while a sample is taken.
          if (i % 2 === 0) await sampleAndCheck();
          await done;
          if (!known) await sampleAndCheck();
          if (!known && !unknown) wrong.push(`write ${i} to ${page} is left out`);
          if (unknown && (exact || !ever.has(at)))
            wrong.push(`write ${i} to ${page}: hot before it was written`);
          for (const one of written) ever.add(one);
          await sleep(below(PERIOD_MS));
        }
        expect(wrong).toEqual([]);
        if (exact) expect(hotPages).toBe(0);
        else expect(hotPages).toBeGreaterThan(0);
        // Everything that the program writes was reported as written.
        await target.ask('r');
        await sample();
        for (const one of written) ever.add(one);
        expect(ever.size).toBeGreaterThan(HOT * 0.98);
      } finally {
        await source.close();
        await target.kill();
      }
    });
  },
);
