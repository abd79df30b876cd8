import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { NO_TRACKING_COST } from '#shared/source/tracking-cost.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { pagesReported, parseLines } from './testing/run-cli.ts';
import { JsonLines } from './watch-json.ts';

/** A reader that takes one text at a time, on request. */
class SlowReader extends Writable {
  text = '';
  /** Characters of what it was given and has not taken. */
  held = 0;
  private take: (() => void) | null = null;

  constructor() {
    super({ decodeStrings: false, highWaterMark: 1 });
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.held = chunk.length;
    this.take = () => {
      this.take = null;
      this.held = 0;
      this.text += String(chunk);
      done();
    };
  }

  /** Takes what waits; resolves when the writer knows. */
  async read(): Promise<void> {
    this.take?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const info = {
  pid: 1,
  title: 'x',
  backend: 'write-protect',
  atomic: true,
  exceptions: [],
  hz: 20,
  cost: () => NO_TRACKING_COST,
} as const;

const mapping = { start: '0x1000', len: 4096, name: '', tracking: 'compared', reason: 'new' } as const;
const silent = { error: () => undefined };

describe('JsonLines', () => {
  it('gives a reader of any speed every page of every sample, with at most one text in flight', async () => {
    const run = fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 700 }));
    const step = fc.record({
      runs: fc.array(run, { maxLength: 5 }),
      reads: fc.boolean(),
      changes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const reader = new SlowReader();
        const view = new JsonLines(reader, silent);
        const attached = view.attached(info);
        await reader.read();
        await attached;
        const expected = new TileSet();
        const tiles = new TileSet();
        let time = 0;
        for (const { runs, reads, changes } of steps) {
          tiles.clear();
          for (const [start, pages] of runs) {
            tiles.setRun(Plane.Written, start, start + pages);
            expected.setRun(Plane.Written, start, start + pages);
          }
          // A line of another kind goes before the sample's, whose bytes stay as they are until they are read.
          if (changes) view.mappingChanged(mapping);
          const { writableLength } = reader;
          view.sample(tiles, ++time);
          // Nothing queues up after the text that the reader holds.
          if (writableLength > 0) expect(reader.writableLength).toBe(writableLength);
          if (reads) await reader.read();
        }
        let ended = false;
        const detached = view.detached('interrupt').then(() => (ended = true));
        while (!ended) await reader.read();
        await detached;
        const lines = parseLines(reader.text);
        expect(pagesReported(lines)).toEqual(
          expected
            .runs(Plane.Written)
            .flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i)),
        );
        expect(lines[0]).toEqual({
          event: 'attached',
          pid: 1,
          backend: 'write-protect',
          atomic: true,
          exceptions: [],
        });
        expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'interrupt' });
        // A reader who reads each line at once gets one for each sample.
        if (steps.every(({ reads, changes }) => reads && !changes))
          expect(lines).toHaveLength(steps.length + 2);
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it('writes addresses as the rest of the program does', async () => {
    const reader = new SlowReader();
    const view = new JsonLines(reader, silent);
    void view.attached(info);
    await reader.read();
    const tiles = new TileSet();
    tiles.setRun(Plane.Written, 0, 1);
    tiles.setRun(Plane.Written, 0x7ffff7dd5, 0x7ffff7dd7);
    view.sample(tiles, 49.7);
    await reader.read();
    expect(reader.text.split('\n')[1]).toBe(
      '{"event":"sample","t":50,"written":[["0x0",1],["0x7ffff7dd5000",2]],"pages":3}',
    );
  });
});
